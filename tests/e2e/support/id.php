<?php
// id.php LOGIN → {"id"}
echo json_encode(['id' => get_user_by('login', $argv[1])->ID]);
