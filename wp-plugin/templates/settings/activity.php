<?php
declare( strict_types=1 );

/**
 * What happened: a month at a glance, and the log.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View and Chart answer is escaped.
$date = static fn ( string $day ): string => (string) wp_date(
	(string) get_option( 'date_format' ),
	(int) strtotime( $day . ' 12:00 UTC' ),
	new DateTimeZone( 'UTC' )
);
?>
<?php if ( null !== $view->chart ) : ?>
	<?php
	$kinds = $view->chart::kinds();
	$sums  = $view->chart->sums();
	$dates = array_keys( $view->chart->days );
	?>
	<section aria-labelledby="sallyport-month">
		<h2 id="sallyport-month">
			<?php
			/* translators: %s: number of days. */
			echo esc_html( sprintf( _n( 'The last %s day', 'The last %s days', $view->days, 'sallyport' ), number_format_i18n( $view->days ) ) );
			?>
		</h2>
		<figure class="sallyport-figure">
			<ul class="sallyport-legend">
				<?php foreach ( $kinds as $kind => $name ) : ?>
					<li>
						<svg viewBox="0 0 14 14" aria-hidden="true" focusable="false">
							<rect class="sallyport-<?php echo esc_attr( $kind ); ?>" x="1" y="1" width="12" height="12"/>
						</svg>
						<?php echo esc_html( $name ); ?>: <strong><?php echo esc_html( number_format_i18n( $sums[ $kind ] ) ); ?></strong>
					</li>
				<?php endforeach; ?>
			</ul>
			<p class="sallyport-most">
				<?php
				echo esc_html(
					/* translators: %s: number of sign-ins and refusals on the busiest day. */
					sprintf( __( 'Most in one day: %s', 'sallyport' ), number_format_i18n( max( array_map( 'array_sum', $view->chart->days ) ) ) )
				);
				?>
			</p>
			<?php echo $view->chart->svg( 'sallyport-month sallyport-month-said' ); ?>
			<p class="sallyport-ends" aria-hidden="true">
				<span><?php echo esc_html( $date( $dates[0] ) ); ?></span> <span><?php echo esc_html( $date( (string) end( $dates ) ) ); ?></span>
			</p>
			<figcaption class="screen-reader-text" id="sallyport-month-said">
				<?php
				foreach ( $kinds as $kind => $name ) {
					echo esc_html( $name . ': ' . number_format_i18n( $sums[ $kind ] ) ), '. ';
				}
				esc_html_e( 'The numbers for each day are in the table below.', 'sallyport' );
				?>
			</figcaption>
		</figure>
		<details class="sallyport-do">
			<summary><?php esc_html_e( 'The numbers, day by day', 'sallyport' ); ?></summary>
			<table class="widefat striped sallyport-table sallyport-numbers">
				<thead>
					<tr>
						<th scope="col"><?php esc_html_e( 'Day', 'sallyport' ); ?></th>
						<?php foreach ( $kinds as $name ) : ?>
							<th scope="col"><?php echo esc_html( $name ); ?></th>
						<?php endforeach; ?>
					</tr>
				</thead>
				<tbody>
					<?php foreach ( array_reverse( $view->chart->days, true ) as $day => $counts ) : ?>
						<tr>
							<th scope="row"><?php echo esc_html( $date( $day ) ); ?></th>
							<?php foreach ( array_keys( $kinds ) as $kind ) : ?>
								<td><?php echo esc_html( number_format_i18n( $counts[ $kind ] ) ); ?></td>
							<?php endforeach; ?>
						</tr>
					<?php endforeach; ?>
				</tbody>
			</table>
		</details>
	</section>
<?php endif; ?>

<section aria-labelledby="sallyport-log">
	<h2 id="sallyport-log"><?php esc_html_e( 'Activity log', 'sallyport' ); ?></h2>
	<form method="get" action="<?php echo esc_url( admin_url( 'options-general.php' ) ); ?>"
		class="sallyport-filters" aria-label="<?php esc_attr_e( 'Filter the log', 'sallyport' ); ?>">
		<?php foreach ( $view->hidden as $name => $value ) : ?>
			<input type="hidden" name="<?php echo esc_attr( $name ); ?>" value="<?php echo esc_attr( $value ); ?>">
		<?php endforeach; ?>
		<p>
			<label for="sallyport-event"><?php esc_html_e( 'Event', 'sallyport' ); ?></label>
			<select name="event" id="sallyport-event">
				<option value=""><?php esc_html_e( 'All', 'sallyport' ); ?></option>
				<?php foreach ( $view->events as $name => $event ) : ?>
					<option value="<?php echo esc_attr( $name ); ?>" title="<?php echo esc_attr( $event->meaning() ); ?>"
						<?php selected( $view->query->said( 'event' ), $name ); ?>>
						<?php echo esc_html( $event->title() ); ?>
					</option>
				<?php endforeach; ?>
			</select>
		</p>
		<p>
			<label for="sallyport-who"><?php esc_html_e( 'User', 'sallyport' ); ?></label>
			<input type="text" name="who" id="sallyport-who"
				value="<?php echo esc_attr( $view->query->said( 'who' ) ); ?>" autocomplete="off" autocapitalize="none"
				spellcheck="false" placeholder="<?php esc_attr_e( 'Username, email or ID', 'sallyport' ); ?>">
		</p>
		<p>
			<label for="sallyport-outcome"><?php esc_html_e( 'Outcome', 'sallyport' ); ?></label>
			<input type="text" name="outcome" id="sallyport-outcome"
				value="<?php echo esc_attr( $view->query->said( 'outcome' ) ); ?>" list="sallyport-codes" autocomplete="off"
				autocapitalize="none" spellcheck="false" maxlength="64">
			<datalist id="sallyport-codes">
				<?php foreach ( $view->codes as $code ) : ?>
					<option value="<?php echo esc_attr( $code ); ?>"></option>
				<?php endforeach; ?>
			</datalist>
		</p>
		<p>
			<label for="sallyport-from"><?php esc_html_e( 'From', 'sallyport' ); ?></label>
			<input type="date" name="from" id="sallyport-from" value="<?php echo esc_attr( $view->query->said( 'from' ) ); ?>">
		</p>
		<p>
			<label for="sallyport-to"><?php esc_html_e( 'To', 'sallyport' ); ?></label>
			<input type="date" name="to" id="sallyport-to" value="<?php echo esc_attr( $view->query->said( 'to' ) ); ?>">
		</p>
		<p class="sallyport-row">
			<?php echo $view->button( __( 'Filter', 'sallyport' ) ); ?>
			<?php if ( array() !== $view->query->address() ) : ?>
				<a href="<?php echo esc_url( $view->url ); ?>"><?php esc_html_e( 'Show everything', 'sallyport' ); ?></a>
			<?php endif; ?>
		</p>
	</form>
	<?php echo $view->told(); ?>
	<?php if ( null !== $view->total ) : ?>
		<?php if ( 0 === $view->total ) : ?>
			<p>
				<?php
				array() === $view->query->address()
					? esc_html_e( 'No activity yet. Sign-ins with a code, issued tokens, refusals, and changes to second factors or to the policy will be listed here.', 'sallyport' )
					: esc_html_e( 'No entries match this filter.', 'sallyport' );
				?>
			</p>
		<?php else : ?>
			<p class="sallyport-row">
				<?php /* translators: %s: number of entries. */ ?>
				<?php $count = sprintf( _n( '%s entry', '%s entries', $view->total, 'sallyport' ), number_format_i18n( $view->total ) ); ?>
				<span><?php echo esc_html( $count ); ?></span>
				<?php foreach ( $view->files as $i => $file ) : ?>
					<a href="<?php echo esc_url( $file ); ?>" download>
						<?php
						echo esc_html(
							1 === count( $view->files )
								? __( 'Download as CSV', 'sallyport' )
								: sprintf(
									/* translators: 1: number of a part, 2: number of parts. */
									__( 'Download as CSV, part %1$s of %2$s', 'sallyport' ),
									number_format_i18n( $i + 1 ),
									number_format_i18n( count( $view->files ) )
								)
						);
						?>
					</a>
				<?php endforeach; ?>
			</p>
			<table class="widefat striped sallyport-table sallyport-entries">
				<thead>
					<tr>
						<th scope="col"><?php esc_html_e( 'When', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'What', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'User', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'Outcome', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'Source', 'sallyport' ); ?></th>
					</tr>
				</thead>
				<tbody>
					<?php foreach ( $view->entries as $entry ) : ?>
						<tr>
							<td>
								<?php $time = (string) wp_date( get_option( 'date_format' ) . ' H:i:s', (int) strtotime( $entry['time'] ) ); ?>
								<time datetime="<?php echo esc_attr( $entry['time'] ); ?>"><?php echo esc_html( $time ); ?></time>
							</td>
							<td>
								<details>
									<summary>
										<?php echo esc_html( isset( $view->events[ $entry['event'] ] ) ? $view->events[ $entry['event'] ]->title() : $entry['event'] ); ?>
									</summary>
									<?php if ( isset( $view->events[ $entry['event'] ] ) ) : ?>
										<p><?php echo esc_html( $view->events[ $entry['event'] ]->meaning() ); ?></p>
									<?php endif; ?>
									<dl class="sallyport-facts">
										<div><dt><?php esc_html_e( 'Event', 'sallyport' ); ?></dt><dd><code><?php echo esc_html( $entry['event'] ); ?></code></dd></div>
										<?php if ( $entry['device'] !== $entry['in_words'] ) : ?>
											<div><dt><?php esc_html_e( 'User agent', 'sallyport' ); ?></dt><dd><?php echo $view->name( $entry['device'] ); ?></dd></div>
										<?php endif; ?>
										<?php if ( '' !== $entry['issuer'] ) : ?>
											<div><dt><?php esc_html_e( 'Issuer', 'sallyport' ); ?></dt><dd><?php echo $view->name( $entry['issuer'] ); ?></dd></div>
										<?php endif; ?>
										<?php foreach ( (array) $entry['detail'] as $name => $value ) : ?>
											<div>
												<dt><?php echo esc_html( (string) $name ); ?></dt>
												<dd><?php echo $view->name( is_scalar( $value ) ? (string) $value : (string) wp_json_encode( $value ) ); ?></dd>
											</div>
										<?php endforeach; ?>
									</dl>
								</details>
							</td>
							<td data-label="<?php esc_attr_e( 'User', 'sallyport' ); ?>">
								<?php
								if ( null === $entry['user'] ) {
									echo '–';
								} else {
									/* translators: %d: id of a user. */
									echo $view->name( $entry['user']['user_login'], sprintf( __( 'Deleted user %d', 'sallyport' ), $entry['user']['ID'] ) );
								}
								?>
							</td>
							<td data-label="<?php esc_attr_e( 'Outcome', 'sallyport' ); ?>">
								<?php
								echo 'ok' === $entry['outcome']
									? esc_html__( 'ok', 'sallyport' )
									: '<code>' . str_replace( '_', '_<wbr>', esc_html( $entry['outcome'] ) ) . '</code>';
								?>
							</td>
							<td data-label="<?php esc_attr_e( 'Source', 'sallyport' ); ?>">
								<?php
								$from = array_filter( array( $entry['in_words'], $entry['ip'] ) );
								echo implode( ' · ', array_map( static fn ( string $part ): string => $view->name( $part ), $from ) ) ?: '–';
								?>
							</td>
						</tr>
					<?php endforeach; ?>
				</tbody>
			</table>
			<?php if ( $view->pages > 1 ) : ?>
				<nav class="sallyport-row" aria-label="<?php esc_attr_e( 'Pages of the log', 'sallyport' ); ?>">
					<?php if ( $view->page > 1 ) : ?>
						<a class="button" rel="prev"
							href="<?php echo esc_url( ( $view->at )( $view->page - 1 ) ); ?>"><?php esc_html_e( 'Newer', 'sallyport' ); ?></a>
					<?php endif; ?>
					<span>
						<?php
						echo esc_html(
							/* translators: 1: number of a page, 2: number of pages. */
							sprintf( __( 'Page %1$s of %2$s', 'sallyport' ), number_format_i18n( $view->page ), number_format_i18n( $view->pages ) )
						);
						?>
					</span>
					<?php if ( $view->page < $view->pages ) : ?>
						<a class="button" rel="next"
							href="<?php echo esc_url( ( $view->at )( $view->page + 1 ) ); ?>"><?php esc_html_e( 'Older', 'sallyport' ); ?></a>
					<?php endif; ?>
				</nav>
			<?php endif; ?>
		<?php endif; ?>
	<?php endif; ?>
</section>
