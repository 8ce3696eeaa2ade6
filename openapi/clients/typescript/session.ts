/** Log in, and exchange the refresh token when the access token has expired. */

import { createClient, type Client } from "./rollbook/client/index.ts";
import { logIn, refresh } from "./rollbook/index.ts";
import type { Problem, Tokens } from "./rollbook/index.ts";
import { fetchWithRetry } from "./retry.ts";

type Store = (tokens: Tokens) => void | Promise<void>;

/** Return a client without a login, or with the API key of a program. */
export function connect(url: string, apiKey?: string): Client {
  return createRollbookClient(url, fetchWithRetry, apiKey);
}

function createRollbookClient(
  url: string,
  send: (request: Request) => Promise<Response>,
  apiKey?: string,
): Client {
  const client = createClient({
    baseUrl: url,
    fetch: (input, init) => send(new Request(input, init)),
    ...(apiKey ? { auth: apiKey } : {}),
  });
  // Without this, a lost connection would be returned as `error`, and typed as a problem.
  client.interceptors.error.use((error, response) => {
    if (!response) throw error; // no connection, or a problem: the login cannot be refreshed
    if (isProblem(response)) return error;
    throw error instanceof Error ? error : new Error(`unexpected response ${response.status}`);
  });
  return client;
}

/**
 * The tokens of a login, and a client that sends them. `store` gets the tokens whenever they are
 * new. A program that is started again needs them.
 */
export class Login {
  tokens: Tokens;
  readonly client: Client;
  private readonly store: Store;
  private readonly anyone: Client;
  private refreshing: Promise<Tokens> | undefined;

  constructor(url: string, tokens: Tokens, store: Store = () => undefined) {
    this.tokens = tokens;
    this.store = store;
    this.anyone = connect(url);
    this.client = createRollbookClient(url, (request) => this.send(request));
  }

  static async withPassword(
    url: string,
    username: string,
    password: string,
    store: Store = () => undefined,
  ): Promise<Login> {
    const body = { username, password };
    const { data } = await logIn({ client: connect(url), body, throwOnError: true });
    await store(data);
    return new Login(url, data, store);
  }

  /** Exchange the refresh token. Throws a problem if the session has ended: log in again. */
  async refresh(): Promise<void> {
    const body = { refresh_token: this.tokens.refresh_token };
    this.refreshing ??= refresh({ client: this.anyone, body, throwOnError: true })
      .then(async ({ data }) => {
        await this.store(data);
        return data;
      })
      .finally(() => (this.refreshing = undefined)); // requests at the same time share it
    this.tokens = await this.refreshing;
  }

  /** Send the access token; if it has expired, refresh it and send the request again. */
  private async send(request: Request): Promise<Response> {
    const token = this.tokens.access_token;
    const response = await fetchWithRetry(authorize(request.clone(), token));
    if (!(await hasExpired(response))) return response;
    if (token === this.tokens.access_token) await this.refresh();
    return fetchWithRetry(authorize(request, this.tokens.access_token));
  }
}

function authorize(request: Request, token: string): Request {
  request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

async function hasExpired(response: Response): Promise<boolean> {
  if (response.status !== 401 || !isProblem(response)) return false;
  const problem: Problem = await response.clone().json();
  return problem.error === "unauthenticated";
}

function isProblem(response: Response): boolean {
  return response.headers.get("Content-Type")?.startsWith("application/problem+json") ?? false;
}
