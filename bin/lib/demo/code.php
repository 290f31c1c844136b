<?php
// code.php SECRET STEPS: prints the code of that many time steps from now; `wrong`: a code of long ago
echo \Sallyport\totp_code($argv[1], time() + 30 * ($argv[2] === 'wrong' ? -1000 : (int) $argv[2]));
