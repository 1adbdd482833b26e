// Requests to the JSON API by a page: refusals as errors, and lost connections tried again.
const PATIENCE = [500, 1500, 4000];
const BUSY_PATIENCE = 60_000;

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

export class Unreachable extends Error {}

// Answers { status, body, location, at }, `at` by the server's clock. Only for requests that may be repeated.
// A server that is too busy says when to come back: that is done for a while, and `onBusy` told each time.
export async function request(method, address, { body, csrf, onBusy }) {
  const pauses = [...PATIENCE];
  const end = Date.now() + BUSY_PATIENCE;
  for (;;) {
    const answer = await attempt(method, address, body, csrf);
    if (answer?.status) return answer;
    const busy = answer?.comeBack !== undefined && Date.now() < end;
    if (busy) onBusy?.();
    const pause = busy ? answer.comeBack : pauses.shift();
    if (pause === undefined) throw new Unreachable();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

// Null when there was no answer, or none that counts; { comeBack } in milliseconds when there is too much to do.
async function attempt(method, address, body, csrf) {
  let response;
  let answer;
  try {
    response = await fetch(address, {
      method,
      headers: { Accept: "application/json", "Content-Type": "application/json", ...(csrf && { "X-CSRF-Token": csrf }) },
      body: body && JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    return null;
  }
  if (response.status === 503 && answer.code === "overloaded") {
    const seconds = Number(response.headers.get("Retry-After")) || 1;
    // Spread a little, so that everybody who was sent away does not come back in the same moment.
    return { comeBack: Math.min(seconds, 10) * 1000 * (1 + Math.random() / 2) };
  }
  // The shop's engine or database is away for a moment; what was asked for is asked for once more.
  if (response.status >= 500) return null;
  if (!response.ok) throw new Refused(response.status, answer);
  return { status: response.status, body: answer, location: response.headers.get("Location"), at: Date.parse(response.headers.get("Date")) || Date.now() };
}
