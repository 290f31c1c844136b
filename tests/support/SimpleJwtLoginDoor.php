<?php

declare(strict_types=1);

namespace Sallyport\Tests;

/** A login of Simple JWT Login: whatever it says is in `data`, the code where it has its own numbers. */
final class SimpleJwtLoginDoor extends Door
{
    public function refusal(Response $answer): array
    {
        $json = (array) $answer->json;
        $data = (array) ($json['data'] ?? []);
        $one = ($json['success'] ?? null) === false && array_keys($json) === ['success', 'data'] && $answer->status === ($data['status'] ?? null);
        // What did not come past a route of its is core's to say.
        return isset($json['code']) ? parent::refusal($answer) : [
            'status' => $one ? $answer->status : 0,
            'code' => $data['error_code'] ?? null,
            'message' => $data['message'] ?? '',
            'data' => array_diff_key($data, ['message' => 0, 'error_code' => 0]),
        ];
    }
}
