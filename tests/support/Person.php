<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

/** A user of a test site, with their authenticator app, backup codes and token. */
final class Person
{
    /** The authenticator app, once enrolled. */
    public ?Totp $app = null;

    /** @var list<string> the unused backup codes */
    public array $codes = [];

    /** A token of this user, if a test stores one; proven if they are enrolled. */
    public string $token = '';

    private int $codesGiven = 0;

    /** @var array<string, list<self>> site's folder and role => users that no test has used yet */
    private static array $strangers = [];

    public function __construct(
        private readonly Site $site,
        public readonly int $id,
        public readonly string $login,
        public readonly string $email,
        public string $password,
    ) {
    }

    /** A user that no test has used yet. */
    public static function withoutFactor(Site $site, string $role = 'subscriber'): self
    {
        $key = $site->dir . $role;
        if ((self::$strangers[$key] ?? []) === []) {
            self::$strangers[$key] = array_map(static fn (array $user): self => new self($site, ...$user), $site->users($role === 'subscriber' ? 12 : 2, $role));
        }
        return array_pop(self::$strangers[$key]);
    }

    public static function enrolled(Site $site): self
    {
        $person = self::withoutFactor($site);
        $person->enrol();
        return $person;
    }

    /** The user who set the site up. */
    public static function admin(Site $site): self
    {
        return new self($site, 1, $site->info['user'], 'admin@example.test', $site->info['password']);
    }

    /** Sets up an authenticator app by the routes; it replaces an earlier one. */
    public function enrol(): void
    {
        $login = ['username' => $this->login, 'password' => $this->password];
        $first = $this->app === null ? [] : ['code' => $this->code()];
        $bearer = $this->post('token', $login + $first)->json['token'] ?? null;
        $begun = $this->post('two-factor/enable', ['password' => $this->password], $bearer)->json;
        $app = new Totp($begun['totpURI'] ?? throw new RuntimeException("no enrolment for $this->login"));
        // Use the code of the previous step, so that the codes of this step and the next remain for the test. If it arrived too
        // late, the log would contain it as refused. So do not begin in a step's last seconds, and try again if it takes longer.
        Totp::steady();
        for ($tries = 3; !($this->post('two-factor/verify-totp', ['code' => $app->code(-1)], $bearer)->json['status'] ?? false); $tries--) {
            $tries > 0 || throw new RuntimeException("no activation for $this->login");
        }
        [$this->app, $this->codes, $this->codesGiven] = [$app, $begun['backupCodes'], 0];
    }

    /** Enrols the e-mail address as a factor, by the routes. */
    public function enrolByMail(): void
    {
        $bearer = $this->post('token', ['username' => $this->login, 'password' => $this->password])->json['token'] ?? null;
        $this->post('two-factor/enable', ['password' => $this->password, 'method' => 'otp'], $bearer);
        $code = $this->mailed(fn (): Response => $this->post('two-factor/send-otp', [], $bearer));
        $answer = $this->post('two-factor/verify-otp', ['code' => $code], $bearer);
        $answer->status === 200 || throw new RuntimeException("no activation for $this->login: $answer");
    }

    /** The code in the mail that a request has sent to this user. @param callable(): Response $request */
    public function mailed(callable $request): string
    {
        $mails = fn (): array => array_values(array_filter($this->site->mails(), fn (string $mail): bool => preg_match("/^To: .*$this->email/mi", $mail) === 1));
        $before = count($mails());
        $answer = $request();
        $after = $mails();
        if (count($after) !== $before + 1 || preg_match('/^(\d{8})\r?$/m', end($after), $code) !== 1) {
            throw new RuntimeException("no mail for $this->login: $answer");
        }
        return $code[1];
    }

    /** Removes the second factor, as the user can. */
    public function disable(): void
    {
        $token = $this->post('token', ['username' => $this->login, 'password' => $this->password, 'code' => $this->code()])->json['token'] ?? null;
        $answer = $this->post('two-factor/disable', ['password' => $this->password], $token);
        $answer->status === 200 || throw new RuntimeException("not disabled: $answer");
    }

    /** A right code that was not used before: of this step, then of the next. There is no third. */
    public function code(): string
    {
        if ($this->codesGiven > 1) {
            throw new RuntimeException('the third code would be of a step that is not right yet');
        }
        return $this->app()->code($this->codesGiven++);
    }

    public function wrongCode(): string
    {
        return $this->app()->wrong();
    }

    public function backupCode(): string
    {
        return array_shift($this->codes) ?? throw new RuntimeException('no backup code is left');
    }

    /** @return array<string, string> the header of Basic authentication */
    public function basic(string $password): array
    {
        return ['authorization' => 'Basic ' . base64_encode("$this->login:$password")];
    }

    public function changePassword(string $to): void
    {
        $this->site->php('wp_set_password($argv[2], (int) $argv[1]);', [(string) $this->id, $to]);
        $this->password = $to;
    }

    public function applicationPassword(): string
    {
        return $this->site->php(
            'return WP_Application_Passwords::create_new_application_password((int) $argv[1], ["name" => "a test " . bin2hex(random_bytes(4))])[0];',
            [(string) $this->id],
        );
    }

    /** @param array<string, string> $body */
    private function post(string $route, array $body, ?string $bearer = null): Response
    {
        return $this->site->request('POST', "/wp-json/sallyport/v1/$route", json: $body, bearer: $bearer);
    }

    private function app(): Totp
    {
        return $this->app ?? throw new RuntimeException('this user has no factor');
    }
}
