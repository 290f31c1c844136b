// Copy, download and print: shown by this script, since they do nothing without it.
( () => {
	const say = ( button, text ) => {
		const status = button.parentElement.querySelector( '[role="status"]' );
		if ( status ) {
			status.textContent = '';
			setTimeout( () => ( status.textContent = text ), 50 ); // The same text again is read out again.
		}
	};

	// Where the page is not secure there is no clipboard, but the old way.
	const copy = async ( text ) => {
		if ( navigator.clipboard ) {
			return navigator.clipboard.writeText( text );
		}
		const area = document.createElement( 'textarea' );
		area.value = text;
		document.body.append( area );
		area.select();
		const copied = document.execCommand( 'copy' );
		area.remove();
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
			copy( text( from ) ).then( () => say( button, sallyportWords.copied ), () => say( button, sallyportWords.failed ) );
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

	document.querySelectorAll( '[data-sallyport-copy], [data-sallyport-sheet]' ).forEach( ( element ) => ( element.hidden = false ) );
} )();
