/** Send requests again that were not answered, if that cannot execute them twice. */

const maxTries = 5;
const maxWaitSeconds = 60;
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Send a request up to five times, and wait in between as the service asks. */
export async function fetchWithRetry(request: Request): Promise<Response> {
  for (let number = 1; number < maxTries; number++) {
    let wait = 0.25 * 2 ** number;
    try {
      const response = await fetch(request.clone());
      const asked = await secondsToWait(request, response);
      if (asked === undefined || asked > maxWaitSeconds) return response;
      wait = asked;
    } catch (error) {
      if (!isRepeatable(request)) throw error;
    }
    await pause(wait * (1 + Math.random() / 5)); // not all clients at once
  }
  return fetch(request);
}

/** Return when to send the request again, or undefined if the response is final. */
async function secondsToWait(request: Request, response: Response): Promise<number | undefined> {
  const asked = response.headers.get("Retry-After") ?? "";
  const seconds = /^\d+$/.test(asked) ? Number(asked) : 1;
  if (response.status === 429) return seconds; // was counted, not executed
  if (response.status === 503 && isRepeatable(request)) return seconds;
  if (response.status !== 503 && response.status !== 409) return undefined;
  const text = await response.clone().text(); // of a request that was not executed, or still is
  return /"(overloaded|idempotency_key_in_use)"/.test(text) ? seconds : undefined;
}

/** Return whether the service executes the request once, however often it is sent. */
function isRepeatable(request: Request): boolean {
  return (
    safeMethods.has(request.method) ||
    request.headers.has("Idempotency-Key") ||
    request.headers.has("If-Match") ||
    request.url.endsWith("/api/refresh")
  );
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
