<?php
declare( strict_types=1 );

/**
 * A notice in HTML. A theme's sallyport/mail/notice.php, or factor_added.php and so on, takes its place.
 *
 * @var \Sallyport\WP\Notice\Letter $letter
 */

defined( 'ABSPATH' ) || exit;

?>
<!DOCTYPE html>
<html lang="<?php echo esc_attr( $letter->locale ); ?>" dir="<?php echo is_rtl() ? 'rtl' : 'ltr'; ?>">
<head>
	<meta charset="utf-8">
	<meta name="viewport" content="width=device-width">
	<title><?php echo esc_html( $letter->title ); ?></title>
</head>
<body
	style="margin: 0; padding: 24px; background: #f0f0f1; color: #1d2327; font: 16px/1.5 -apple-system, 'Segoe UI', Roboto, Arial, sans-serif">
	<div style="max-width: 560px; margin: 0 auto; padding: 24px; background: #fff; border-radius: 4px">
		<p style="margin: 0 0 16px; color: #50575e; font-size: 14px"><?php echo esc_html( $letter->site ); ?></p>
		<h1 style="margin: 0 0 16px; font-size: 20px; line-height: 1.3"><?php echo esc_html( $letter->title ); ?></h1>
		<p style="margin: 0 0 16px"><?php echo esc_html( $letter->text ); ?></p>
		<table role="presentation" style="margin: 0 0 16px; border-collapse: collapse">
			<?php foreach ( $letter->facts as $label => $fact ) : ?>
				<tr>
					<td style="padding: <?php echo is_rtl() ? '2px 0 2px 16px' : '2px 16px 2px 0'; ?>; color: #50575e; vertical-align: top">
						<?php echo esc_html( $label ); ?>
					</td>
					<td style="padding: 2px 0; word-break: break-word"><bdi><?php echo esc_html( $fact ); ?></bdi></td>
				</tr>
			<?php endforeach; ?>
		</table>
		<p style="margin: 0 0 16px"><?php echo esc_html( $letter->advice ); ?></p>
		<?php if ( '' !== $letter->page ) : ?>
			<p style="margin: 0 0 16px">
				<a href="<?php echo esc_url( $letter->page ); ?>" style="color: #2271b1"><?php esc_html_e( 'Sign-in security', 'sallyport' ); ?></a>
			</p>
		<?php endif; ?>
		<p style="margin: 0; color: #50575e; font-size: 14px">
			<a href="<?php echo esc_url( $letter->url ); ?>" style="color: #2271b1"><?php echo esc_html( $letter->url ); ?></a>
		</p>
	</div>
</body>
</html>
