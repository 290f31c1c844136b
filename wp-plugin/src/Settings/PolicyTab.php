<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Blog;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\PolicyEditor;
use Sallyport\WP\Gate\PolicyReach;
use Sallyport\WP\Gate\Rules;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;
use Sallyport\WP\Store\PolicyOption;
use Sallyport\WP\Template;
use WP_Site;

/** The policy: who must have a second factor, and which count. The same rules as the route and the command. */
final class PolicyTab implements Tab {
	/** Longest policy that a form remembers, in bytes. */
	private const LONGEST = 1048576;

	/** Sites of a network that are suggested. */
	private const SITES = 100;

	/** @var array<string, mixed>|null Submitted and not saved: no input is lost. */
	private ?array $typed = null;

	/** @var array<string, array{typed: string, name: int|string, mode: mixed}> Rules to be added, as PolicyForm::added() returns them. */
	private array $added = array();

	/** @var array<string, mixed>|null Whom the change would affect, as PolicyReach returns it, if that has to be shown before saving. */
	private ?array $reach = null;

	/** Whether somebody else has changed the policy since the form was shown. */
	private bool $is_stale = false;

	/** @var array<string, string> Path of a field => what is wrong with it. */
	private array $wrong = array();

	public function __construct(
		private readonly PolicyForm $form,
		private readonly PolicyEditor $editor,
		private readonly PolicyReach $whom,
		private readonly Policies $policies,
		private readonly Gate $gate,
		private readonly Administering $administering,
	) {}

	public static function slug(): string {
		return 'policy';
	}

	public static function title(): string {
		return __( 'Policy', 'sallyport' );
	}

	public static function said( string $done ): string {
		return 'saved' === $done ? __( 'The policy was saved.', 'sallyport' ) : '';
	}

	public function handle( string $what, Fields $fields ): ?string {
		if ( 'policy' !== $what ) {
			throw new Refusal( Code::InvalidParam );
		}
		$level       = self::level();
		$caller      = get_current_user_id();
		$this->typed = $this->form->sent( $level, $fields );
		$this->added = PolicyForm::added( $fields );
		try {
			$was            = $fields->optional( 'was', self::LONGEST ) ?? '';
			$this->is_stale = $was !== $this->was( $level );
			if ( $this->is_stale ) {
				return null;
			}
			$planned = $this->editor->planned( array( $level => $this->typed ), time() );
			$this->gate->require_step_up( $caller, time() );
			$reach = $this->whom->of( $planned );
			if ( ( array() !== $reach['roles'] || ! $reach['is_all'] ) && $this->seen() !== $fields->optional( 'seen', self::LONGEST ) ) {
				$this->reach = $reach;
				return null;
			}
			// The password of an administrator without a factor must not be enough to take away the protection of others.
			$this->editor->change(
				array( $level => fn ( array $is ): array => $this->unless_stale( $was, $is ) ),
				$caller,
				time(),
				$this->administering->has_proof( $caller )
			);
			return $this->is_stale ? null : 'saved';
		} catch ( Refusal $refusal ) {
			if ( Code::StepUpRequired === $refusal->reason && $this->administering->has_proof( $caller ) ) {
				Form::step_up( Draft::url( self::slug(), $this->typed ), 'policy' );
			}
			foreach ( Code::InvalidParam === $refusal->reason ? (array) ( $refusal->data['params'] ?? array() ) : array() as $path => $text ) {
				if ( str_starts_with( (string) $path, "$level." ) ) { // All other paths are no field of the policy.
					$this->wrong[ substr( $path, strlen( "$level." ) ) ] = substr( $text, strlen( "$level." ) );
				}
			}
			throw $refusal;
		}
	}

	public function render( array $shared ): void {
		$level  = self::level();
		$fields = $this->shown( $level );
		// A subject that does not exist stays in the field where it was typed; the others become rules, still to be saved.
		$nobody = array_filter(
			$this->added,
			fn ( array $rule, string $kind ): bool => isset( $this->wrong[ $kind . '.' . $rule['name'] ] ),
			ARRAY_FILTER_USE_BOTH
		);
		foreach ( $nobody as $kind => $rule ) {
			unset( $fields[ $kind ][ $rule['name'] ] );
		}
		$shown = array(
			'level'      => $level,
			'fields'     => $fields,
			'adding'     => $nobody,
			'suggested'  => self::suggested(),
			'fixed'      => $this->form->fixed( $level ),
			'roles'      => PolicyForm::roles( $fields ) + PolicyForm::roles( $this->form->stored( $level ) ),
			'factors'    => $this->editor->factors(),
			'longest'    => Rules::LONGEST,
			'most'       => PolicyReach::MOST,
			'was'        => $this->was( $level ),
			'seen'       => null === $this->reach ? '' : $this->seen(),
			'reach'      => $this->reach,
			'hits'       => PolicyReach::said( $this->reach['roles'] ?? array(), time() ),
			'is_stale'   => $this->is_stale,
			'wrong'      => $this->wrong,
			'called'     => self::called( ... ),
			'is_draft'   => null === $this->typed && null !== Draft::read( self::slug() ),
			'is_broken'  => $this->policies->is_broken(),
			'proven'     => $this->administering->has_proof( get_current_user_id() ),
			'of_network' => is_multisite() && PolicyOption::SITE === $level && null !== $this->editor->show( PolicyOption::NETWORK ),
		);
		echo Template::own( 'settings/policy', array( 'view' => new View( $shown + $shared ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	/** @return array<string, mixed> The values of the form's fields. */
	private function shown( string $level ): array {
		$stored = $this->form->stored( $level );
		$shown  = ( $this->typed ?? array_intersect_key( Draft::read( self::slug() ) ?? array(), $stored ) ) + $stored;
		// A rule to be removed keeps its row until it is saved.
		foreach ( array_keys( Rules::KINDS ) as $kind ) {
			$shown[ $kind ] += array_fill_keys( array_keys( $stored[ $kind ] ), '' );
		}
		return $shown;
	}

	/** @return array<string, array<array-key, string>> Kind => the subjects a rule may have, as far as they fit into a list => their names. */
	private static function suggested(): array {
		$granted = array_map( static fn ( array $role ): array => array_filter( (array) $role['capabilities'] ), wp_roles()->roles );
		$can     = array_keys( array_merge( ...array_values( $granted ) ) );
		sort( $can );
		$suggested = array(
			'users'        => array(),
			'capabilities' => array_fill_keys( $can, '' ),
		);
		if ( is_network_admin() ) {
			$sites              = get_sites( array( 'network_id' => Blog::network(), 'number' => self::SITES ) );
			$suggested['sites'] = array_combine(
				array_map( static fn ( WP_Site $site ): string => $site->domain . $site->path, $sites ),
				array_map( static fn ( WP_Site $site ): string => $site->blogname, $sites )
			);
		}
		return $suggested;
	}

	/** The display name of a rule's subject. */
	private static function called( string $kind, int|string $name ): string {
		$id   = (string) (int) $name === (string) $name ? (int) $name : 0;
		$user = 'users' === $kind ? PolicyForm::known( get_userdata( $id ) ) : null;
		$site = 'sites' === $kind && 0 !== $id && is_multisite() ? get_site( $id ) : null;
		return $user->user_login ?? ( null === $site ? (string) $name : $site->domain . $site->path );
	}

	/** What is stored, as a form remembers it: what somebody else has changed meanwhile is not overwritten unseen. */
	private function was( string $level ): string {
		return (string) wp_json_encode( $this->editor->show( $level ) ?? Rules::DEFAULTS );
	}

	/**
	 * The submitted fields if the policy has not changed since the form was shown; else the present ones.
	 *
	 * @param array<string, mixed> $is
	 */
	private function unless_stale( string $was, array $is ): array {
		$this->is_stale = wp_json_encode( $is ) !== $was;
		return $this->is_stale ? $is : $this->typed;
	}

	/** A fingerprint of the submitted fields, by which the form remembers that their reach was shown. */
	private function seen(): string {
		return (string) wp_json_encode( $this->typed );
	}

	/** The level this page shows. */
	private static function level(): string {
		return is_network_admin() ? PolicyOption::NETWORK : PolicyOption::SITE;
	}
}
