/** The hub's calls as its API describes them: what an address takes, what is sent to it, and what it answers are the description's own types. */

import type { paths } from "./generated/schema";
import { request } from "./request";

type Method = "get" | "post" | "put" | "delete";
type PathOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Call<P extends keyof paths, M extends Method> = M extends Method ? (paths[P] extends Record<M, infer C> ? C : never) : never;

/** In an address all is text, and in a query "" is as good as nothing. */
type Text<V> = V extends number ? number | string : V;
type Fields<V, Empty> = [V] extends [undefined] ? unknown : { [F in keyof V]: Text<V[F]> | Empty };
type Given<C> = C extends { parameters: { path?: infer Path; query?: infer Query } } ? Fields<Path, never> & Fields<Query, ""> : unknown;
type Body<C> = C extends { requestBody: { content: infer Content } } ? (Content extends { "application/json": infer Sent } ? Sent : Blob) : undefined;
type Answer<C> = C extends { responses: infer R } ? (R[keyof R & (200 | 201 | 202)] extends { content: { "application/json": infer Told } } ? Told : unknown) : unknown;
type Arguments<C> = Body<C> extends undefined ? ({} extends Given<C> ? [given?: Given<C>] : [given: Given<C>]) : [given: Given<C>, body: Body<C>, parting?: boolean];

const inQuery = (value: unknown): boolean => value !== undefined && value !== "";

function filled(path: string, given: object = {}): string {
  const values = new Map<string, unknown>(Object.entries(given));
  const whole = path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => {
    const value = String(values.get(name));
    values.delete(name);
    return encodeURIComponent(value);
  });
  const query = [...values].filter(([, value]) => inQuery(value)).map(([name, value]): [string, string] => [name, String(value)]);
  return query.length === 0 ? whole : `${whole}?${new URLSearchParams(query)}`;
}

const calling =
  <M extends Method>(method: Uppercase<M>) =>
  <P extends PathOf<M>>(path: P, ...[given, body, parting]: Arguments<Call<P, M>>): Promise<Answer<Call<P, M>>> =>
    request(method, filled(path, given as object), body, parting);

export const get = calling<"get">("GET");
export const post = calling<"post">("POST");
export const put = calling<"put">("PUT");
export const del = calling<"delete">("DELETE");

/** Where a browser finds a file itself. */
export const address = <P extends PathOf<"get"> | PathOf<"post">>(path: P, given?: Given<Call<P, "get" | "post">>): string => filled(path, given as object);
