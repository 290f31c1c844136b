<?php
// codes.php SECRET → {"now", "next", "behind", "wrong"}: codes of this step, of the next, of two minutes ago, and one that is wrong for all nearby steps.
$codes = array_map(static fn (int $steps): string => \Sallyport\totp_code($argv[1], time() + 30 * $steps), range(-10, 120));
for ($wrong = 0; in_array(sprintf('%06d', $wrong), $codes, true); $wrong++);
echo json_encode(['now' => $codes[10], 'next' => $codes[11], 'behind' => $codes[6], 'wrong' => sprintf('%06d', $wrong)]);
