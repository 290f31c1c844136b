<?php
// The values that a web server gives PHP about the request, for scripts on the command line.
[$sallyport_host, $sallyport_port] = explode(':', getenv('SALLYPORT_SITE_HOST')) + [1 => '80'];
$_SERVER['HTTP_HOST'] = getenv('SALLYPORT_SITE_HOST');
$_SERVER['SERVER_NAME'] = $sallyport_host;
$_SERVER['SERVER_PORT'] = $sallyport_port;
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['QUERY_STRING'] = '';
$_SERVER['REMOTE_ADDR'] = '127.0.0.1';
unset($sallyport_host, $sallyport_port);
