// Where WordPress is. Put your own address here; bin/demo answers this file with its site's.
export const site = 'https://wordpress.example.com';
