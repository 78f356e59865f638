/** PM0xxx: a configuration that cannot be used. PM01xx: its syntax and its keys; PM02xx: what it says as a whole. */
import type { ErrorEntry } from './catalogue.ts'

export const configErrors = {
  PM0107: {
    title: 'unknown key',
    why: 'The key is not one of the keys of its block; a misspelt key would otherwise silently have no effect.',
    remedy: 'Correct the spelling or remove the key; the README lists all keys of every block.',
  },
  PM0108: {
    title: 'a key is missing',
    why: 'The block cannot work without this key, and no default would be right for everybody.',
    remedy: 'Add the key; the README says what it does.',
  },
  PM0109: {
    title: 'not supported yet',
    why: 'The key or value is part of the documented configuration, but this version has not built it.',
    remedy: 'Remove it, or use a version that has it; the changelog tells since when.',
  },
  PM0110: {
    title: 'a value of the wrong kind',
    why: 'The value cannot be read as what its key needs: the message says what was expected and what was found.',
    remedy: 'Write the value in the expected form.',
  },
  PM0111: {
    title: 'a value out of range',
    why: 'The value has the right form, but lies outside the limits of its key.',
    remedy: 'Choose a value within the limits that the message names.',
  },
  PM0112: {
    title: 'keys that exclude each other',
    why: 'Exactly one of several keys must be given, because each of them says the same thing in a different way.',
    remedy: 'Keep one of the keys that the message names.',
  },
  PM0201: {
    title: 'a name that nothing has',
    why: 'The configuration refers by name to something that it does not define.',
    remedy: 'Correct the name, or define what it should stand for.',
  },
} as const satisfies Record<string, ErrorEntry>
