<?php
// codes.php SECRET → {"now", "next", "wrong"}: codes of this step and the next, and one that is right at no time of this run.
$codes = array_map(static fn (int $steps): string => \Sallyport\totp_code($argv[1], time() + 30 * $steps), range(-1, 120));
for ($wrong = 0; in_array(sprintf('%06d', $wrong), $codes, true); $wrong++);
echo json_encode(['now' => $codes[1], 'next' => $codes[2], 'wrong' => sprintf('%06d', $wrong)]);
