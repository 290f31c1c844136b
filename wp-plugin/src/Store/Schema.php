<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use const Sallyport\WP\SCHEMA;

/**
 * The tables, their version, and the migrations between versions.
 *
 * migrate() runs whenever the version differs, not only on activation, because deploys skip activation. Every step is
 * idempotent. A table that vanished is never recreated: an empty one would mean that nobody has a factor.
 */
final class Schema {
	private const OPTION = 'sallyport_schema';
	public const TABLES  = array(
		'factors', 'backup_codes', 'challenges', 'email_codes', 'families', 'refresh_tokens', 'devices', 'device_secrets',
		'reset_codes', 'throttle', 'activity', 'webhook_deliveries', 'spent', 'links', 'enrolment_tokens',
		'inherited_proofs', 'sso_sites',
	);

	/** Claim under which one process migrates, and the seconds after which it counts as dead. */
	private const CLAIM   = 'migration';
	private const LONGEST = 600;

	public function __construct(
		private readonly Database $database,
		private readonly Health $health,
		private readonly ThrottleRows $claims,
	) {}

	/** Whether this blog's schema has the version this code expects. Costs no query. */
	public function is_current(): bool {
		return SCHEMA === (int) get_option( self::OPTION, 0 );
	}

	/**
	 * Brings the tables to this version. Tables of a later version, which this code can use, are left as they are. If it fails,
	 * for example without the right to alter tables, it is not recorded as done, and the next request tries again.
	 *
	 * If there are older tables, one process migrates and the others go on with what is there. An index over millions of rows
	 * takes a minute; if every process waited for the same statement, the site would stand still.
	 *
	 * @return bool False while another process migrates.
	 * @throws Refusal If a table cannot be read afterwards, or lacks a column.
	 */
	public function migrate(): bool {
		$here = (int) get_option( self::OPTION, 0 );
		$all  = is_multisite() ? (int) get_site_option( self::OPTION . '_network', 0 ) : $here;
		if ( $all < SCHEMA ) {
			$are_there = max( $all, $here ) > 0;
			if ( $are_there && ! $this->claims->claim( self::CLAIM, self::LONGEST, time() ) ) {
				return false;
			}
			try {
				foreach ( self::definitions() as $definition ) {
					$this->database->define( $definition );
				}
				$this->require_tables();
			} finally {
				$are_there && $this->claims->clear( self::CLAIM );
			}
			is_multisite() && update_site_option( self::OPTION . '_network', SCHEMA );
		}
		$this->health->prepare();
		OwnOption::write( self::OPTION, SCHEMA );
		return true;
	}

	/**
	 * Reads every table once, naming all its columns.
	 *
	 * @throws Refusal If one is missing, unreadable, or of an earlier version.
	 */
	public function require_tables(): void {
		foreach ( self::definitions() as $definition ) {
			preg_match( '/\{\w+\}/', $definition, $table );
			preg_match_all( '/^  ([a-z_]+) /m', $definition, $columns ); // Key definitions are in capitals.
			$this->database->rows( 'SELECT ' . implode( ', ', $columns[1] ) . " FROM $table[0] WHERE 1 = %d LIMIT 1", array( 0 ) );
		}
	}

	/**
	 * Sends a write that changes nothing, which a read-only database refuses.
	 *
	 * @throws Refusal If it does.
	 */
	public function require_writable(): void {
		$this->database->execute( 'UPDATE {throttle} SET failures = failures WHERE 1 = %d', array( 0 ) );
	}

	/**
	 * Times are Unix seconds; 0 stands for "not yet", since a column that is compared must not be NULL.
	 *
	 * @return list<string> One CREATE TABLE for each table, in the form that dbDelta reads.
	 */
	private static function definitions(): array {
		return array(
			"CREATE TABLE {factors} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  user_id bigint(20) unsigned NOT NULL,
  type varchar(32) NOT NULL,
  label varchar(191) NOT NULL DEFAULT '',
  source varchar(16) NOT NULL DEFAULT '',
  secret text NOT NULL,
  algorithm varchar(8) NOT NULL DEFAULT 'SHA1',
  digits tinyint(3) unsigned NOT NULL DEFAULT 6,
  period smallint(5) unsigned NOT NULL DEFAULT 30,
  status varchar(8) NOT NULL DEFAULT 'pending',
  last_step bigint(20) NOT NULL DEFAULT -1,
  drift tinyint(4) NOT NULL DEFAULT 0,
  created_at bigint(20) NOT NULL,
  last_used_at bigint(20) NOT NULL DEFAULT 0,
  begun_by varchar(64) NOT NULL DEFAULT '',
  PRIMARY KEY  (id),
  KEY user_id (user_id,status)
)",
			"CREATE TABLE {backup_codes} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  user_id bigint(20) unsigned NOT NULL,
  factor_id bigint(20) unsigned NOT NULL DEFAULT 0,
  hash varchar(255) NOT NULL,
  source varchar(16) NOT NULL DEFAULT '',
  created_at bigint(20) NOT NULL,
  used_at bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY  (id),
  KEY user_id (user_id)
)",
			"CREATE TABLE {challenges} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  digest char(64) NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  blog_id bigint(20) unsigned NOT NULL,
  issuer varchar(64) NOT NULL,
  fingerprint char(64) NOT NULL,
  epoch char(32) NOT NULL,
  first_step varchar(8) NOT NULL DEFAULT 'pwd',
  attempts smallint(5) unsigned NOT NULL DEFAULT 0,
  expires_at bigint(20) NOT NULL,
  consumed_at bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY  (id),
  UNIQUE KEY digest (digest),
  KEY expires_at (expires_at),
  KEY user_id (user_id)
)",
			"CREATE TABLE {email_codes} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  factor_id bigint(20) unsigned NOT NULL,
  challenge_id bigint(20) unsigned NOT NULL DEFAULT 0,
  mac char(64) NOT NULL,
  tries smallint(5) unsigned NOT NULL DEFAULT 0,
  expires_at bigint(20) NOT NULL,
  used_at bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY  (id),
  UNIQUE KEY code (factor_id,challenge_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {families} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  sid char(32) NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  blog_id bigint(20) unsigned NOT NULL,
  device varchar(191) NOT NULL DEFAULT '',
  device_id bigint(20) unsigned NOT NULL DEFAULT 0,
  ip varchar(45) NOT NULL DEFAULT '',
  amr varchar(191) NOT NULL DEFAULT '',
  proven_at bigint(20) NOT NULL DEFAULT 0,
  epoch varchar(32) NOT NULL DEFAULT '',
  fingerprint varchar(64) NOT NULL DEFAULT '',
  created_at bigint(20) NOT NULL,
  last_used_at bigint(20) NOT NULL,
  expires_at bigint(20) NOT NULL,
  PRIMARY KEY  (id),
  UNIQUE KEY sid (sid),
  KEY user_id (user_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {refresh_tokens} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  digest char(64) NOT NULL,
  family_id bigint(20) unsigned NOT NULL,
  expires_at bigint(20) NOT NULL,
  rotated_at bigint(20) NOT NULL DEFAULT 0,
  successor text NOT NULL,
  PRIMARY KEY  (id),
  UNIQUE KEY digest (digest),
  KEY family_id (family_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {reset_codes} (
  user_id bigint(20) unsigned NOT NULL,
  mac char(64) NOT NULL,
  tries_until int(10) unsigned NOT NULL,
  expires_at bigint(20) NOT NULL,
  PRIMARY KEY  (user_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {devices} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  digest char(64) NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  name varchar(191) NOT NULL DEFAULT '',
  created_at bigint(20) NOT NULL,
  last_used_at bigint(20) NOT NULL,
  expires_at bigint(20) NOT NULL,
  trusted_at bigint(20) NOT NULL DEFAULT 0,
  epoch varchar(32) NOT NULL DEFAULT '',
  amr varchar(191) NOT NULL DEFAULT '',
  PRIMARY KEY  (id),
  UNIQUE KEY digest (digest),
  KEY user_id (user_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {device_secrets} (
  digest char(64) NOT NULL,
  device_id bigint(20) unsigned NOT NULL,
  successor text NOT NULL,
  replaced_at bigint(20) NOT NULL,
  expires_at bigint(20) NOT NULL,
  PRIMARY KEY  (digest),
  KEY device_id (device_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {throttle} (
  name char(64) NOT NULL,
  failures int(10) unsigned NOT NULL DEFAULT 0,
  until bigint(20) NOT NULL DEFAULT 0,
  expires_at bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY  (name),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {activity} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  time bigint(20) NOT NULL,
  event varchar(64) NOT NULL,
  user_id bigint(20) unsigned NOT NULL DEFAULT 0,
  blog_id bigint(20) unsigned NOT NULL DEFAULT 0,
  ip varchar(45) NOT NULL DEFAULT '',
  device varchar(191) NOT NULL DEFAULT '',
  issuer varchar(64) NOT NULL DEFAULT '',
  outcome varchar(64) NOT NULL DEFAULT '',
  detail text NOT NULL,
  PRIMARY KEY  (id),
  KEY blog_id (blog_id,time),
  KEY blog_event (blog_id,event,time),
  KEY user (user_id,blog_id,time),
  KEY blog_ip (blog_id,ip,time),
  KEY blog_issuer (blog_id,issuer,time),
  KEY blog_outcome (blog_id,outcome,time)
)",
			"CREATE TABLE {webhook_deliveries} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  endpoint char(12) NOT NULL,
  blog_id bigint(20) unsigned NOT NULL,
  event varchar(64) NOT NULL,
  body text NOT NULL,
  attempts smallint(5) unsigned NOT NULL DEFAULT 0,
  next_at bigint(20) NOT NULL,
  state varchar(8) NOT NULL DEFAULT 'due',
  answer varchar(32) NOT NULL DEFAULT '',
  created_at bigint(20) NOT NULL,
  PRIMARY KEY  (id),
  KEY due (blog_id,state,next_at),
  KEY created_at (created_at)
)",
			"CREATE TABLE {spent} (
  name char(64) NOT NULL,
  expires_at bigint(20) NOT NULL,
  PRIMARY KEY  (name),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {links} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  digest char(64) NOT NULL,
  purpose varchar(32) NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  blog_id bigint(20) unsigned NOT NULL,
  epoch varchar(32) NOT NULL DEFAULT '',
  expires_at bigint(20) NOT NULL,
  spent_at bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY  (id),
  UNIQUE KEY digest (digest),
  KEY user_id (user_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {enrolment_tokens} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  digest char(64) NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  blog_id bigint(20) unsigned NOT NULL,
  fingerprint char(64) NOT NULL,
  epoch varchar(32) NOT NULL DEFAULT '',
  first_step varchar(8) NOT NULL DEFAULT 'pwd',
  opened_at bigint(20) NOT NULL,
  confirmed_at bigint(20) NOT NULL DEFAULT 0,
  expires_at bigint(20) NOT NULL,
  spent_at bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY  (id),
  UNIQUE KEY digest (digest),
  KEY user_id (user_id),
  KEY expires_at (expires_at)
)",
			"CREATE TABLE {inherited_proofs} (
  digest char(64) NOT NULL,
  user_id bigint(20) unsigned NOT NULL,
  blog_id bigint(20) unsigned NOT NULL,
  issuer varchar(64) NOT NULL,
  amr varchar(191) NOT NULL,
  proven_at bigint(20) NOT NULL,
  epoch varchar(32) NOT NULL,
  expires_at bigint(20) NOT NULL,
  PRIMARY KEY  (digest),
  KEY expires_at (expires_at),
  KEY user_id (user_id)
)",
			"CREATE TABLE {sso_sites} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  blog_id bigint(20) unsigned NOT NULL,
  site_key varchar(64) NOT NULL,
  name varchar(191) NOT NULL DEFAULT '',
  url varchar(255) NOT NULL,
  secret text NOT NULL,
  public_key text NOT NULL,
  allowed varchar(32) NOT NULL,
  created_at bigint(20) NOT NULL,
  last_used_at bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY  (id),
  UNIQUE KEY site_key (blog_id,site_key)
)",
		);
	}
}
