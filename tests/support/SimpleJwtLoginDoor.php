<?php

declare(strict_types=1);

namespace Sallyport\Tests;

/** A login of Simple JWT Login: everything it says is in `data`, and its own error numbers are in place of the code. */
final class SimpleJwtLoginDoor extends Door
{
    public function refusal(Response $answer): array
    {
        $json = (array) $answer->json;
        $data = (array) ($json['data'] ?? []);
        $one = ($json['success'] ?? null) === false && array_keys($json) === ['success', 'data'] && $answer->status === ($data['status'] ?? null);
        // An answer that did not come from a route of the plugin is in core's format.
        return isset($json['code']) ? parent::refusal($answer) : [
            'status' => $one ? $answer->status : 0,
            'code' => $data['error_code'] ?? null,
            'message' => $data['message'] ?? '',
            'data' => array_diff_key($data, ['message' => 0, 'error_code' => 0]),
        ];
    }
}
