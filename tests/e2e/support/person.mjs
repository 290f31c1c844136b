import { site } from './site.mjs';

let count = 0;
const adminTokens = new Map();
const next = new Map();
const namespace = 'sallyport/v1';

/** A new user of the site; users from enrolled() have an authenticator app and backup codes. */
export class Person {
  #secret;
  #site = site(); // the site of the test that creates them, which may have ended before they are enrolled
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
    const admin = Person.admin();
    if (!adminTokens.has(admin.#site)) adminTokens.set(admin.#site, admin.token());
    const make = (token) => person.#site.post('wp/v2/users', { username: person.login, email: `${person.login}@example.test`, password: person.password, roles: [role] }, token);
    // A test may have ended the key that signed it.
    await make(await adminTokens.get(admin.#site)).catch(async () => {
      adminTokens.set(admin.#site, admin.token());
      return make(await adminTokens.get(admin.#site));
    });
    return person;
  }

  /** While one test uses a person in the browser, the next person for that site is prepared. */
  static enrolled() {
    const ready = next.get(site()) ?? Person.#enrol();
    next.set(site(), Person.#enrol());
    next.get(site()).catch(() => {}); // the test that uses this person gets the error
    return ready;
  }

  /** A user who may act on other users' accounts, for which a factor is needed. */
  static enrolledAdministrator() {
    return Person.#enrol('administrator');
  }

  static async #enrol(role) {
    const person = await Person.withoutFactor(role);
    const token = await person.token();
    const begun = await person.#site.post(`${namespace}/two-factor/enable`, { password: person.password }, token);
    person.#secret = new URL(begun.totpURI).searchParams.get('secret');
    person.backupCodes = begun.backupCodes;
    const { now, wrong } = await person.#codes();
    person.wrongCode = wrong;
    // This step is used up for it, so that the code of the next one is right whenever the test needs it.
    await person.#site.post(`${namespace}/two-factor/verify-totp`, { code: now }, token);
    return person;
  }

  /** A user who has only codes by mail. */
  static async mailed() {
    const person = await Person.withoutFactor();
    await site().php('mailed.php', person.login);
    return person;
  }

  async token() {
    return (await this.#site.post(`${namespace}/token`, { username: this.login, password: this.password })).token;
  }

  /** A right code. There is no second one within the same step. */
  async code() {
    return (await this.#codes()).next;
  }

  #codes() {
    return this.#site.php('codes.php', this.#secret);
  }
}
