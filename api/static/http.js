// Requests to the JSON API by a page: refusals as errors, and lost connections tried again.
const PATIENCE = [500, 1500, 4000];

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

export class Unreachable extends Error {}

// Answers { status, body, location, at }, `at` by the server's clock. Only for requests that may be repeated.
export async function request(method, address, { body, csrf }) {
  for (const pause of [...PATIENCE, null]) {
    const answer = await attempt(method, address, body, csrf);
    if (answer !== null) return answer;
    if (pause !== null) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw new Unreachable();
}

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
  // The shop's engine or database is away for a moment; what was asked for is asked for once more.
  if (response.status >= 500) return null;
  if (!response.ok) throw new Refused(response.status, answer);
  return { status: response.status, body: answer, location: response.headers.get("Location"), at: Date.parse(response.headers.get("Date")) || Date.now() };
}
