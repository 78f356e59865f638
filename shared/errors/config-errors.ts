/**
 * PM0xxx: a configuration that cannot be used. PM01xx: its syntax and its keys; PM02xx: what it says as a whole.
 * PM03xx: one that can be used and cannot be meant; `check` warns of it and `check --strict` refuses it.
 */
import type { ErrorEntry } from './catalogue.ts'

export const configErrors = {
  PM0101: {
    title: 'the configuration cannot be read',
    why: 'The file is missing, or the user that the sidecar runs as (65532 in the images) may not read it.',
    remedy: 'Check the path that --config names, the volume mount, and the mode of the file.',
  },
  PM0102: {
    title: 'the configuration is too large',
    why: 'At most 1 MiB is read, which is also the most that a ConfigMap holds.',
    remedy: 'Check that the right file is mounted; a configuration has some kilobytes.',
  },
  PM0103: {
    title: 'the configuration is not text',
    why: 'YAML is UTF-8 text without control characters; the mark stands at the first byte that is not.',
    remedy: 'Save the file as UTF-8, or mount the file that was meant.',
  },
  PM0104: {
    title: 'the configuration is not YAML',
    why: 'The text breaks a rule of YAML 1.2 at the mark, so what follows cannot be understood.',
    remedy: 'Mend the marked place; most often it is the indentation, or a text that needs quotes.',
  },
  PM0105: {
    title: 'a key stands twice in the same block',
    why: 'Only one of the two could take effect, and which one would depend on the reader of the file.',
    remedy: 'Remove one of the two; the message names the line of the first.',
  },
  PM0106: {
    title: 'the configuration is nested or multiplied too far',
    why: 'It is nested more than 64 levels deep, or its anchors and aliases multiply to more than 200,000 values.',
    remedy: 'Write it flatter, and write repeated parts out.',
  },
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
    title: 'one key of several is needed',
    why: 'The named keys say the same thing in different ways: either none of them is given, or more than one.',
    remedy: 'Keep exactly one of the keys that the message names.',
  },
  PM0113: {
    title: 'an environment variable is not set',
    why: 'The configuration takes a value from a variable that the container does not have, and gives no default.',
    remedy: 'Set the variable in the container, or write a default: ${NAME:-default}.',
  },
  PM0114: {
    title: 'a file that the configuration refers to cannot be read',
    why: 'What ${file:/path} names is missing, not readable for the user of the sidecar, larger than 64 KiB, or not text.',
    remedy: 'Check the path, the volume mount (is the Secret mounted into this container?) and the mode of the file.',
  },
  PM0115: {
    title: 'a reference that cannot be understood',
    why: 'Only ${NAME}, ${NAME:-default} and ${file:/path} are replaced, and they do not nest.',
    remedy: 'Correct the reference, or write $${ for a literal ${.',
  },
  PM0116: {
    title: 'a configuration for another version',
    why: 'The key apiVersion names a version of the configuration that this program does not read.',
    remedy: 'Write apiVersion: podmates/v1, or remove the line.',
  },
  PM0117: {
    title: 'the configuration is empty',
    why: 'The file has no keys, which is mostly a mount that went wrong or a template that rendered to nothing.',
    remedy: 'Mount the right file. Where all defaults are meant, write {}.',
  },
  PM0118: {
    title: 'a key that cannot be one',
    why: 'A key is a plain name: no list, no block, no ${...}, and none of the words that have a meaning in JavaScript objects.',
    remedy: 'Write the key as a plain name.',
  },
  PM0201: {
    title: 'a name that nothing has',
    why: 'The configuration refers by name to something that it does not define.',
    remedy: 'Correct the name, or define what it should stand for.',
  },
  PM0202: {
    title: 'steps that wait for each other',
    why: 'Each of the named steps comes after the next one, in a circle, so that none of them could ever begin.',
    remedy: 'Take one name out of one `after` of the circle.',
  },
  PM0203: {
    title: 'a place that is taken',
    why: 'Two entries claim the same address, name or directory, or one of two directories lies in the other.',
    remedy: 'Give one of the two a place of its own; the message names the other.',
  },
  PM0204: {
    title: 'an upstream that leads back',
    why: 'The endpoint is a listener of the ambassador itself, so that a request would go round until its time is over.',
    remedy: 'Name the address of the service behind it; the message names the listener.',
  },
  PM0205: {
    title: 'a time that can never be reached',
    why: 'The time of a part is not shorter than that of the whole, so what should happen after it never does.',
    remedy: 'Shorten the time of the part, or allow more for the whole.',
  },
  PM0206: {
    title: 'a hedge that is never sent',
    why: 'Only GET, HEAD, OPTIONS and TRACE are sent to two endpoints at a time, and there must be two.',
    remedy:
      'Take `hedge` away from this route, or give the route one of these methods and the upstream a second endpoint.',
  },
  PM0207: {
    title: 'a number that can never be reached',
    why: 'Another key allows less, so what should happen at this number never does.',
    remedy: 'Lower the number, or raise the one that the message names.',
  },
  PM0301: {
    title: 'there is no configuration file',
    why: 'None was named, and the usual one does not exist. This sidecar can work without one, so its defaults count.',
    remedy: 'Nothing, if the defaults are meant; else mount the file at that path, or name it with --config.',
  },
  PM0302: {
    title: 'a route that never matches',
    why: 'The first route that matches is taken, and an earlier one matches every request that this one would.',
    remedy: 'Move the route up, before the more general one that the message names, or remove it.',
  },
  PM0303: {
    title: 'an upstream that no request goes to',
    why: 'No listener and no route names it. It is looked up and checked all the same.',
    remedy: 'Name it in a route, or remove it.',
  },
  PM0304: {
    title: 'a body that never finds room',
    why: 'A body of the size that `retry.bodyBytes` allows is larger than what all kept bodies together may take, so it is sent once.',
    remedy: 'Raise limits.replayBytes above the largest `bodyBytes`, or lower that one.',
  },
  PM0305: {
    title: 'a hedge that comes too late',
    why: 'An attempt is given up after `retry.perTry`, before the hedge beside it would be sent.',
    remedy: 'Let `hedge.after` be shorter than `retry.perTry`, or remove one of the two.',
  },
  PM0306: {
    title: 'more hedges than endpoints',
    why: 'Each hedge goes to an endpoint that the request has not been to, and the upstream has a fixed number of them.',
    remedy: 'Lower `hedge.max` below the number of endpoints.',
  },
  PM0307: {
    title: 'a forward proxy that other Pods can use',
    why: 'The listener is not on loopback, so whoever reaches the Pod can go through it to all that `forward.allow` names, with the address and the rights of this Pod.',
    remedy: 'Bind the listener to 127.0.0.1 or a unix socket: the app shares the network of the Pod.',
  },
} as const satisfies Record<string, ErrorEntry>
