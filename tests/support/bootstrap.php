<?php
// bin/test's bootstrap for the suites that look at a site from outside.
require_once __DIR__ . '/Site.php';
require_once __DIR__ . '/Totp.php';
