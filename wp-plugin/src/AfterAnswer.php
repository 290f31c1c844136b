<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Throwable;

/** Runs tasks after the answer was sent, so that their duration reveals nothing. */
final class AfterAnswer {
	/** @var array<int|string, Closure(): void> */
	private array $tasks = array();

	/** The level of the output buffer that holds the answer. */
	private int $level = 0;

	/**
	 * @param Closure(): void $task May throw Refusal: the client already has its answer, and Database has logged the reason.
	 * @param string          $name Of several tasks with the same name, one is run.
	 */
	public function then( Closure $task, string $name = '' ): void {
		if ( '' === $name ) {
			$this->tasks[] = $task;
		} else {
			$this->tasks[ $name ] = $task;
		}
	}

	/**
	 * Filter rest_pre_serve_request: holds the answer back until its length is known.
	 *
	 * @param mixed $served Passed through.
	 */
	public function hold( mixed $served ): mixed {
		if ( array() !== $this->tasks && ob_start() ) {
			$this->level = ob_get_level();
		}
		return $served;
	}

	/** Action shutdown, before core flushes its buffers: sends the length, so that the client does not wait for more. */
	public function measure(): void {
		$buffers = ob_get_status( true );
		if ( 0 === $this->level || count( $buffers ) !== $this->level || headers_sent() ) {
			return;
		}
		array_pop( $buffers );
		foreach ( $buffers as $buffer ) {
			// If the output is compressed or rewritten on its way out, its length changes.
			if ( 'default output handler' !== $buffer['name'] || $buffer['buffer_used'] > 0 ) {
				return;
			}
		}
		header( 'Content-Length: ' . ob_get_length() );
	}

	/** Sends the answer so far; the request continues without its client. */
	public static function send(): void {
		Php::outlive_client();
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		} elseif ( function_exists( 'litespeed_finish_request' ) ) {
			litespeed_finish_request();
		} else {
			flush();
		}
	}

	/** Action shutdown, last: sends the answer, then runs every task, also if one fails. */
	public function run(): void {
		self::send();
		// A task may add another.
		while ( array() !== $this->tasks ) {
			try {
				array_shift( $this->tasks )();
			} catch ( Refusal ) {
				continue;
			} catch ( Throwable $thrown ) {
				// Without the exception's message, which may hold the text of a mail and a link in it.
				Php::log( 'what was left for after the answer threw ' . $thrown::class . ' at ' . $thrown->getFile() . ':' . $thrown->getLine() );
			}
		}
	}
}
