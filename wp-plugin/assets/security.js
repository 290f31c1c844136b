// Copy, download and print: shown by this script, since they do nothing without it; and no form twice.
( () => {
	const say = ( button, what ) => {
		const status = button.parentElement.querySelector( '[role="status"]' );
		if ( status ) {
			status.textContent = '';
			setTimeout( () => ( status.textContent = status.dataset[ what ] ), 50 ); // The same text again is read out again.
		}
	};

	// Where the page is not secure there is no clipboard, but the old way.
	const copy = async ( text ) => {
		if ( navigator.clipboard ) {
			return navigator.clipboard.writeText( text );
		}
		const area = document.createElement( 'textarea' );
		const focused = document.activeElement;
		area.value = text;
		document.body.append( area );
		area.select();
		const copied = document.execCommand( 'copy' );
		area.remove();
		focused.focus(); // Else the keyboard begins at the top of the page again.
		return copied ? undefined : Promise.reject( new Error( 'copy' ) );
	};

	const text = ( id ) => {
		const element = document.getElementById( id );
		const codes = [ ...element.querySelectorAll( 'li' ) ].map( ( item ) => item.textContent.trim() );
		return codes.length ? [ element.querySelector( 'p' ).innerText, '', ...codes, '' ].join( '\n' ) : element.textContent.replace( /\s/g, '' );
	};

	document.addEventListener( 'click', ( { target } ) => {
		const button = target.closest?.( '[data-sallyport-copy], [data-sallyport-download], [data-sallyport-print]' );
		if ( ! button ) {
			return;
		}
		const { sallyportCopy: from, sallyportDownload: file } = button.dataset;
		if ( from ) {
			copy( text( from ) ).then( () => say( button, 'sallyportCopied' ), () => say( button, 'sallyportFailed' ) );
		} else if ( file ) {
			const link = document.createElement( 'a' );
			link.href = URL.createObjectURL( new Blob( [ text( button.parentElement.dataset.sallyportSheet ) ], { type: 'text/plain' } ) );
			link.download = file;
			link.click();
			setTimeout( () => URL.revokeObjectURL( link.href ), 1000 );
		} else {
			window.print();
		}
	} );

	// A code is good once and backup codes are shown once: the browser would show the answer to a second click, which has neither.
	let sent = new WeakMap();
	window.addEventListener( 'pageshow', () => ( sent = new WeakMap() ) ); // Who comes back to the page means it.
	document.addEventListener( 'submit', ( event ) => {
		const { target, timeStamp } = event;
		if ( ! target.closest( '.sallyport, [name="sallyport"]' ) ) {
			return;
		}
		if ( timeStamp - sent.get( target ) < 10000 ) { // Later it is no double click, but somebody whose connection broke off.
			event.preventDefault();
		} else {
			sent.set( target, timeStamp );
		}
	} );

	document.querySelectorAll( '[data-sallyport-copy], [data-sallyport-sheet]' ).forEach( ( element ) => ( element.hidden = false ) );
} )();
