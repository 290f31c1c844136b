<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Name;
use Sallyport\WP\Refusal;

/** Recent events of an account on this site, in words for its user. */
final class History {
	/** Number of events shown. */
	private const SHOWN = 20;

	/** Events that may not have been the user's own doing. The rest of the log is for administrators. */
	private const EVENTS = array(
		Event::TokenIssued,
		Event::ChallengeOpened,
		Event::CodeAccepted,
		Event::DeviceAccepted,
		Event::SsoIssued,
		Event::SsoAccepted,
		Event::PasswordRefused,
		Event::LoginRefused,
		Event::CodeRefused,
		Event::CodeReplayed,
		Event::LockBegan,
		Event::CodeSent,
		Event::TokenRevoked,
		Event::RefreshReused,
		Event::DeviceLimitReached,
		Event::SignInsRevoked,
		Event::DeviceTrusted,
		Event::DeviceReused,
		Event::DeviceRevoked,
		Event::PasswordChanged,
		Event::PasswordReset,
		Event::ResetRequested,
		Event::EmailChanged,
		Event::AccountRegistered,
		Event::FactorAdded,
		Event::FactorImported,
		Event::FactorRenamed,
		Event::OneFactorRemoved,
		Event::FactorRemoved,
		Event::FactorsReset,
		Event::BackupCodesReplaced,
		Event::UnlockMailed,
		Event::UnlockOpened,
		Event::SecondStepUnlocked,
		Event::EnrolmentLinkMade,
		Event::EnrolmentLinkUsed,
	);

	public function __construct( private readonly Log $log ) {}

	/**
	 * @return list<array{time: int, text: string, factor: string, name: string, device: string, agent: string, ip: string}> The newest first.
	 *         `factor`: the kind; `name`: the user's label; `device`: in words; `agent`: as sent. The last two and `ip` are empty if
	 *         somebody else did it.
	 * @throws Refusal If the store fails.
	 */
	public function of( int $user_id ): array {
		return array_map(
			static function ( array $row ): array {
				$detail = (array) json_decode( $row['detail'], true );
				$theirs = ! in_array( Event::from( $row['event'] ), Event::BY_ANOTHER, true );
				return array(
					'time'   => (int) $row['time'],
					'text'   => Event::from( $row['event'] )->title(),
					'factor' => self::text( $detail['factor'] ?? '' ),
					'name'   => self::text( $detail['renamed'] ?? $detail['label'] ?? '' ),
					'device' => $theirs ? Name::in_words( $row['device'] ) : '',
					'agent'  => $theirs ? Name::printable( $row['device'] ) : '',
					'ip'     => $theirs ? $row['ip'] : '',
				);
			},
			$this->log->of_user( $user_id, array_column( self::EVENTS, 'value' ), self::SHOWN )
		);
	}

	private static function text( mixed $value ): string {
		return is_string( $value ) ? Name::printable( $value ) : '';
	}
}
