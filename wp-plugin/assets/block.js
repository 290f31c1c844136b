// The block in the editor: what it shows is of whoever looks at the page.
( ( { blocks, element, blockEditor, components } ) => {
	blocks.registerBlockType( 'sallyport/security', {
		apiVersion: 3,
		title: sallyportBlock.title,
		description: sallyportBlock.description,
		category: 'widgets',
		icon: 'lock',
		supports: { html: false, multiple: false },
		edit: () => element.createElement( 'div', blockEditor.useBlockProps(), element.createElement( components.Placeholder, {
			label: sallyportBlock.title,
			instructions: sallyportBlock.description,
		} ) ),
		save: () => null,
	} );
} )( window.wp );
