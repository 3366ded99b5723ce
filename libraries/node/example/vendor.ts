// A small integration: tokens that are kept and fetched anew, and calls that are repeated where that is right.

/** How often the vendor is asked for a token. */
const TRIES = 3;
/** So many seconds before its end a token counts as ended. */
const MARGIN = 30;

/** The vendor does not give what is asked for. */
export class VendorError extends Error {}

/** The user has to sign in again. */
export class SignInAgain extends VendorError {}

export interface Client {
  url: string;
  id: string;
  secret: string;
  /** With it the tokens are a user's; without it the client's own. */
  refreshToken?: string;
  sleep?: (seconds: number) => Promise<void>;
}

interface Grant {
  access_token: string;
  expires_in: number;
  refresh_token?: string;
}

const realSleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

/** Tokens of one client. */
export class Tokens {
  refreshToken: string | undefined;
  #client: Client;
  #token: string | undefined;
  #ends = 0;

  constructor(client: Client) {
    this.#client = client;
    this.refreshToken = client.refreshToken;
  }

  /** A token that holds, fetched only where there is none. */
  async get(): Promise<string> {
    if (this.#token !== undefined && performance.now() / 1000 < this.#ends - MARGIN) return this.#token;
    const grant = await this.#fetch();
    this.#token = grant.access_token;
    this.#ends = performance.now() / 1000 + grant.expires_in;
    // It is another one each time: the one before is spent.
    this.refreshToken = grant.refresh_token ?? this.refreshToken;
    return this.#token;
  }

  /** The token does not hold: another is fetched when one is needed. */
  forget() {
    this.#token = undefined;
  }

  async #fetch(): Promise<Grant> {
    const { url, id, secret, sleep = realSleep } = this.#client;
    const form: Record<string, string> =
      this.refreshToken === undefined
        ? { grant_type: "client_credentials" }
        : { grant_type: "refresh_token", refresh_token: this.refreshToken };
    const headers = { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` };
    for (let tries = 1; ; tries += 1) {
      const isLast = tries === TRIES;
      let answer: Response;
      let text: string;
      try {
        const signal = AbortSignal.timeout(5000);
        answer = await fetch(url, { method: "POST", headers, body: new URLSearchParams(form), signal });
        text = await answer.text();
      } catch (cause) {
        // Whether it was carried out nobody knows. Within the vendor's grace the same refresh token is good.
        if (isLast) throw new VendorError("no answer", { cause });
        continue;
      }
      if (answer.ok) return parsed<Grant>(text);
      if (this.refreshToken !== undefined && answer.status === 400) throw new SignInAgain(text);
      if (isLast || ![429, 502, 503].includes(answer.status)) throw new VendorError(String(answer.status));
      await sleep(Number(answer.headers.get("Retry-After") ?? 0.1));
    }
  }
}

/** Whom a token speaks for. A token that the vendor no longer takes is replaced once. */
export async function profile(url: string, tokens: Tokens): Promise<Record<string, unknown>> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${await tokens.get()}` } });
    const text = await answer.text();
    if (answer.ok) return parsed(text);
    if (answer.status !== 401 || tries === 2) throw new VendorError(String(answer.status));
    tokens.forget();
  }
}

/** What an answer says; a balancer's page, or half an answer, says nothing. */
function parsed<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new VendorError("the answer is no JSON", { cause });
  }
}
