/** One line of `podmate status` and one block of `GET /status`: the same facts for people and for programs. */

export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [name: string]: Fact }

export interface StatusLine {
  /** What the line is about, in one short word: `listeners`, `upstreams`, `published`. */
  readonly topic: string
  /** What a person wants to know, within one terminal line: `inventory 127.0.0.1:15010, 3 connections`. */
  readonly text: string
  /** The same for programs; names carry their units: `age_seconds`. */
  readonly facts: Readonly<Record<string, Fact>>
}
