// The block in the editor: what it shows is of whoever looks at the page.
( ( { blocks, element, blockEditor } ) => {
	blocks.registerBlockType( 'sallyport/security', {
		apiVersion: 3,
		title: sallyportBlock.title,
		description: sallyportBlock.description,
		category: 'widgets',
		icon: 'lock',
		supports: { html: false, multiple: false },
		edit: () => element.createElement( 'p', blockEditor.useBlockProps(), sallyportBlock.description ),
		save: () => null,
	} );
} )( window.wp );
