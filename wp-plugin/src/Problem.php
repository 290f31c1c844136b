<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\MasterKey;

/**
 * Why Sallyport fails closed, and what the administrator can do. Never sent to a client.
 *
 * An enum instead of a sentence, because problems often occur before WordPress can translate.
 */
enum Problem {
	case ExtensionMissing;
	case ExtensionVersion;
	case MasterKeyMissing;
	case MasterKeyUnmade;
	case MasterKeyShort;
	case MasterKeyDiffers;
	case MasterKeySources;
	case NewKeyMissing;
	case KeyFileUnreadable;
	case KeyFileDamaged;
	case SecretUnreadable;
	case SigningKeyMissing;
	case SigningKeySources;
	case SigningKeyPair;
	case SigningKeyFile;
	case SigningKeyUnfit;
	case SigningAlgorithm;
	case HeadlesskeySecret;
	case Database;
	case UserState;
	case FactorsGone;
	case ForeignSecret;
	case Issuer;
	case ForeignFactor;

	/** What to do about it, translated. */
	public function message(): string {
		return match ( $this ) {
			self::ExtensionMissing  => sprintf(
				/* translators: 1: version of PHP, 2: how it runs, such as fpm-fcgi, 3: path of a php.ini. */
				__( 'The PHP extension “sallyport” is not loaded in the PHP that runs this site: version %1$s, %2$s, configured in %3$s. Install it there, built for this version, and restart PHP.', 'sallyport' ),
				PHP_VERSION . ( PHP_ZTS ? ' ZTS' : '' ),
				PHP_SAPI,
				php_ini_loaded_file() ?: PHP_CONFIG_FILE_PATH
			),
			self::ExtensionVersion  => sprintf(
				/* translators: 1: version found, 2: version needed. */
				__( 'The PHP extension “sallyport” is version %1$s, but this plugin needs %2$s.x. Install the matching version and restart PHP.', 'sallyport' ),
				(string) phpversion( 'sallyport' ),
				Engine::EXTENSION
			),
			self::MasterKeyMissing  => self::where_the_key_may_be(),
			self::MasterKeyUnmade   => sprintf(
				/* translators: %s: paths of files. */
				__( 'There is no master key yet. It is made as soon as one of these files can be written: %s. Or define SALLYPORT_MASTER_KEY in wp-config.php: at least 32 characters of random text.', 'sallyport' ),
				implode( ', ', MasterKey::files() )
			),
			self::MasterKeyShort    => __( 'The master key is too short: it must be at least 32 characters of random text.', 'sallyport' ),
			self::MasterKeyDiffers  => __( 'The master key is not the one this site\'s secrets were encrypted with. Put the old one back.', 'sallyport' ),
			self::MasterKeySources  => __( 'The master key is set in several places (the constant SALLYPORT_MASTER_KEY, the environment, a key file) that disagree. Keep the one this site\'s secrets were encrypted with.', 'sallyport' ),
			self::NewKeyMissing     => __( 'There is no new master key. Define SALLYPORT_NEW_MASTER_KEY beside the present one, on every server: at least 32 characters of random text.', 'sallyport' ),
			self::KeyFileUnreadable => sprintf(
				/* translators: %s: path of a file. */
				__( 'The key file %s cannot be read by the user that PHP runs as. Change its owner (chown) to that user.', 'sallyport' ),
				implode( ', ', MasterKey::unreadable() )
			),
			self::KeyFileDamaged    => sprintf(
				/* translators: %s: path of a file. */
				__( 'The key file %s holds no master key: it is empty, cut off, or not one. Put it back from its backup.', 'sallyport' ),
				implode( ', ', MasterKey::damaged() )
			),
			self::SecretUnreadable  => __( 'A stored secret cannot be opened with this master key. Restore the database and the key from the same backup.', 'sallyport' ),
			self::SigningKeyMissing => __( 'This site has no signing key. It is made as soon as the master key can be used; if it does not come back, restore the option sallyport_signing_key from a backup.', 'sallyport' ),
			self::SigningKeySources => __( 'SALLYPORT_SECRET_KEY and SALLYPORT_PRIVATE_KEY or _PUBLIC_KEY are both set: keep the one this site signs with.', 'sallyport' ),
			self::SigningKeyPair    => __( 'SALLYPORT_PRIVATE_KEY is missing, holds a public key only, or is not the other half of SALLYPORT_PUBLIC_KEY.', 'sallyport' ),
			self::SigningKeyFile    => __( 'The file that SALLYPORT_PRIVATE_KEY or SALLYPORT_PUBLIC_KEY names cannot be read by the web server.', 'sallyport' ),
			self::SigningKeyUnfit   => __( 'The signing key from the constants or the environment is malformed, too weak, or not one for the algorithm. SALLYPORT_ALGORITHM must be the algorithm of the key; a secret must be as long as its hash (HS256: 32 characters).', 'sallyport' ),
			self::SigningAlgorithm  => sprintf(
				/* translators: %s: list of names. */
				__( 'SALLYPORT_ALGORITHM must be one of %s.', 'sallyport' ),
				implode( ', ', Engine::ALGORITHMS )
			),
			self::HeadlesskeySecret => __( 'headlesskey_SECRET_KEY in wp-config.php cannot be used: it must be text, as long as the hash of the algorithm (HS256: 32 characters). Give it a longer value, define SALLYPORT_SECRET_KEY, or turn the setting headlesskey off.', 'sallyport' ),
			self::Database          => __( 'A table of Sallyport cannot be read or written. Put it back from a backup, or let the database recover. After an update: allow the database user of WordPress to create and to alter tables.', 'sallyport' ),
			self::UserState         => __( 'The security state of a user could not be stored.', 'sallyport' ),
			self::FactorsGone       => __( 'A user is marked as having a second factor, but none that can be used is stored. Restore the table, or the email address that was enrolled, or reset the user: wp sallyport factor reset <user> --reason=<reason>.', 'sallyport' ),
			self::ForeignSecret     => __( 'The secret that Two Factor or WP 2FA stored for a user cannot be read. WP 2FA: put back the constant WP2FA_ENCRYPT_KEY it was encrypted with. Otherwise the user has to set the app up again.', 'sallyport' ),
			self::ForeignFactor     => __( 'A second factor that another plugin adds failed. PHP\'s error log says which, and where.', 'sallyport' ),
			self::Issuer            => __( 'A token plugin did not issue a token for a verified user, or issued one for another user. The activity log says which.', 'sallyport' ),
		};
	}

	private static function where_the_key_may_be(): string {
		$text = sprintf(
			/* translators: %s: paths of files. */
			__( 'The master key is missing. Put it back where it was: the constant SALLYPORT_MASTER_KEY, the environment, or the key file. A key file is looked for here: %s.', 'sallyport' ),
			implode( ', ', MasterKey::files() )
		);
		return array() === MasterKey::others() ? $text : $text . ' ' . sprintf(
			/* translators: %s: paths of files. */
			__( 'There is another one here: %s. Its name is made from the database\'s server and name and the table prefix. If one of these has changed and the file is this site\'s, define SALLYPORT_MASTER_KEY as the text that stands in it after “// ”.', 'sallyport' ),
			implode( ', ', MasterKey::others() )
		);
	}
}
