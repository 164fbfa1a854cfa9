import { meta } from "./page";

const safe = new Set(["GET", "HEAD"]);

/** A request to our own server with the CSRF header; never throws for an HTTP status, only for no answer. */
export function ask(url: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (!safe.has(options.method ?? "GET")) headers.set("X-CSRFToken", meta("csrf-token"));
  return fetch(url, { ...options, headers, credentials: "same-origin" });
}

/** JSON of a GET, or undefined when the server did not give any (signed out, gone, failing). */
export async function askJson<T>(url: string, signal?: AbortSignal): Promise<T | undefined> {
  try {
    const answer = await ask(url, { headers: { Accept: "application/json" }, signal: signal ?? null });
    const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
    return answer.ok && isJson ? ((await answer.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}
