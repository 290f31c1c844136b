<?php
// The bootstrap of bin/test for the suites that test a site from outside.
require_once __DIR__ . '/Site.php';
require_once __DIR__ . '/Totp.php';
