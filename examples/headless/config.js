// The address of WordPress. Put your own here; bin/demo serves this file with the address of its site.
export const site = 'https://wordpress.example.com';
