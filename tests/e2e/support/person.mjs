import { site } from './site.mjs';

let count = 0;
let adminToken;
let next;
const namespace = 'sallyport/v1';

/** A fresh user of the site; enrolled() ones have an authenticator app and backup codes. */
export class Person {
  #secret;
  wrongCode;
  backupCodes = [];

  constructor(login, password) {
    Object.assign(this, { login, password });
  }

  static admin() {
    return new Person(site().user, site().password);
  }

  static async withoutFactor(role = 'subscriber') {
    const person = new Person(`person${++count}`, `pass of person${count}`);
    adminToken ??= Person.admin().token();
    const make = (token) => site().post('wp/v2/users', { username: person.login, email: `${person.login}@example.test`, password: person.password, roles: [role] }, token);
    // The key it was signed with may have been ended by a test since.
    await make(await adminToken).catch(async () => make(await (adminToken = Person.admin().token())));
    return person;
  }

  /** While a test has one in the browser, the next one is made. */
  static enrolled() {
    const ready = next ?? Person.#enrol();
    next = Person.#enrol();
    next.catch(() => {}); // whoever takes it is told
    return ready;
  }

  /** Somebody who may do things to others, which takes a factor. */
  static enrolledAdministrator() {
    return Person.#enrol('administrator');
  }

  static async #enrol(role) {
    const person = await Person.withoutFactor(role);
    const token = await person.token();
    const begun = await site().post(`${namespace}/two-factor/enable`, { password: person.password }, token);
    person.#secret = new URL(begun.totpURI).searchParams.get('secret');
    person.backupCodes = begun.backupCodes;
    const { now, wrong } = await person.#codes();
    person.wrongCode = wrong;
    // This step is spent on it, so that the code of the next one is right whenever the test comes to it.
    await site().post(`${namespace}/two-factor/verify-totp`, { code: now }, token);
    return person;
  }

  /** One who has codes by mail, and nothing else. */
  static async mailed() {
    const person = await Person.withoutFactor();
    await site().php('mailed.php', person.login);
    return person;
  }

  async token() {
    return (await site().post(`${namespace}/token`, { username: this.login, password: this.password })).token;
  }

  /** Right once, and there is no second one within the step. */
  async code() {
    return (await this.#codes()).next;
  }

  #codes() {
    return site().php('codes.php', this.#secret);
  }
}
