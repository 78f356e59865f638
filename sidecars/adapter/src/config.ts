/** The adapter's configuration: every key, its default and what it is for. The README's table comes from here. */
import { adminKey } from '@podmates/shared/admin/admin-key.ts'
import { block } from '@podmates/shared/config/block.ts'
import { choice } from '@podmates/shared/config/choice.ts'
import { list, named } from '@podmates/shared/config/collections.ts'
import { type ConfigOf, defineConfig } from '@podmates/shared/config/define-config.ts'
import { described } from '@podmates/shared/config/described.ts'
import { reserved } from '@podmates/shared/config/reserved.ts'
import { tcpAddress } from '@podmates/shared/config/values/address.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import { wholeNumber } from '@podmates/shared/config/values/number.ts'
import { size } from '@podmates/shared/config/values/size.ts'
import { absolutePath, text, textLike } from '@podmates/shared/config/values/text.ts'
import * as v from 'valibot'
import { lineFormats } from './logs/parse/parse-line.ts'

const statsd = block({
  udp: described(v.optional(tcpAddress()), {
    does: 'Where StatsD is received over UDP.',
    example: '127.0.0.1:9125',
    elsewhere: { statsd_exporter: '--statsd.listen-udp' },
  }),
  tcp: described(v.optional(tcpAddress()), {
    does: 'Where StatsD is received over TCP.',
    example: '127.0.0.1:9125',
    elsewhere: { statsd_exporter: '--statsd.listen-tcp' },
  }),
  signedGauge: described(v.optional(choice(['auto', 'delta', 'absolute']), 'auto'), {
    does: 'What `-5|g` means: `delta` is a step down, `absolute` the value itself, `auto` the value where a line has DogStatsD parts. `+5|g` is a step always.',
    change: 'Set it where a client sends the other meaning without, or in spite of, DogStatsD tags.',
    elsewhere: { statsd_exporter: 'always delta' },
  }),
  unix: reserved(),
  dialect: reserved(),
  mapping: reserved(),
})

const limits = block({
  series: described(v.optional(wholeNumber({ min: 1, max: 1_000_000 }), 50_000), {
    does: 'Series of all metrics together; samples that would make one more are dropped and counted.',
    change:
      '1000 counters take about 1.5 MB and 1000 histograms 2.4 MB: give the container more memory for more than 20,000.',
  }),
  seriesPerMetric: described(v.optional(wholeNumber({ min: 1, max: 1_000_000 }), 2000), {
    does: 'Series of one metric, so that a tag with too many values cannot use up the limit of all others.',
  }),
  ttl: described(v.optional(duration({ min: '1s', max: '168h' }), '1h'), {
    does: 'A series without a sample for so long is forgotten; a counter that comes back begins at 0.',
    elsewhere: { statsd_exporter: 'ttl (never)' },
  }),
})

const expose = block({
  address: described(v.optional(tcpAddress(), '0.0.0.0:9102'), {
    does: 'Where Prometheus scrapes the metrics of the app.',
    elsewhere: { statsd_exporter: '--web.listen-address' },
  }),
  path: described(v.optional(textLike(/^\/[A-Za-z0-9/_.-]*$/, 'a path such as /metrics'), '/metrics'), {
    does: 'The one path that answers.',
    elsewhere: { statsd_exporter: '--web.telemetry-path' },
  }),
})

const metrics = block({
  statsd: described(v.optional(statsd, { udp: '127.0.0.1:9125', tcp: '127.0.0.1:9125' }), {
    does: 'Receives StatsD in all its dialects. What stands here is what is opened: `{}` opens nothing.',
  }),
  labels: described(v.optional(named(text()), {}), {
    does: 'Labels of every series; a tag of the same name has no effect.',
    example: { app: 'checkout' },
  }),
  limits: described(v.optional(limits, {}), {
    does: 'Keeps an app with a request id in a tag from taking the adapter, and Prometheus, down.',
  }),
  expose: described(v.optional(expose, {}), { does: 'The page that Prometheus scrapes.' }),
  expvar: reserved(),
  scrape: reserved(),
  json: reserved(),
  graphite: reserved(),
  influx: reserved(),
  otlp: reserved(),
  push: reserved(),
})

const input = block({
  files: described(list(absolutePath({ example: '/var/log/app/*.log' }), 1), {
    does: 'Log files to read, as absolute paths with `*`, `?` and `**`; new ones are found within a quarter of a second (250 ms).',
    example: ['/var/log/app/*.log'],
  }),
  exclude: described(v.optional(list(absolutePath({ example: '/var/log/app/*.gz' })), []), {
    does: 'Files that the patterns match and that are not to be read.',
  }),
  format: described(v.optional(choice(lineFormats), 'auto'), {
    does: 'How lines are read: `auto` decides for each line whether it is JSON, logfmt or plain text.',
  }),
  maxLine: described(v.optional(size({ min: '1KiB', max: '16MiB' }), '256KiB'), {
    does: 'A longer line is written in pieces, marked `log.partial`.',
    elsewhere: { 'Fluent Bit': 'Buffer_Max_Size (which stops the file)' },
  }),
  multiline: reserved(),
  stdin: reserved(),
  syslog: reserved(),
})

const logs = block({
  inputs: described(v.optional(list(input), [{ files: ['/var/log/app/*.log'] }]), {
    does: 'What is read. An empty list reads nothing.',
  }),
  schema: described(v.optional(choice(['otel'], { notYet: ['ecs'] }), 'otel'), {
    does: 'The shape of a record on stdout: the OpenTelemetry log data model.',
  }),
  redact: described(
    v.optional(
      block({
        keys: described(
          v.optional(list(text()), [
            'password',
            'passwd',
            'secret',
            'token',
            'access_token',
            'refresh_token',
            'api_key',
            'authorization',
            'cookie',
            'set_cookie',
            'private_key',
          ]),
          {
            does: 'Keys whose values are replaced wherever they stand in a record; case, `-` and `_` make no difference.',
          },
        ),
        replacement: described(v.optional(text(), '[redacted]'), { does: 'What is written in place of a value.' }),
        rules: reserved(),
      }),
      {},
    ),
    { does: 'Hides secrets before they leave the Pod.' },
  ),
  outputs: described(
    v.optional(
      block({
        stdout: described(v.optional(block({}), {}), {
          does: 'Writes records to stdout, where the platform collects them.',
        }),
        file: reserved(),
        otlp: reserved(),
        loki: reserved(),
      }),
      {},
    ),
    { does: 'Where records go.' },
  ),
  checkpoint: described(
    v.optional(
      block({
        dir: described(absolutePath(), {
          does: 'A directory that outlives the container (an emptyDir) for the positions up to which files were read.',
          example: '/state',
        }),
      }),
    ),
    { does: 'Keeps a restarted adapter from writing lines again. Without it, all files are read from their start.' },
  ),
  derive: reserved(),
  sample: reserved(),
})

export const configDefinition = defineConfig({
  name: 'adapter',
  title: 'Podmates adapter',
  schema: block({
    admin: adminKey(19_003),
    metrics: described(v.optional(metrics, {}), { does: 'From what the app sends to what Prometheus scrapes.' }),
    logs: described(v.optional(logs, {}), {
      does: 'From the files that the app writes to OpenTelemetry records on stdout.',
    }),
  }),
})

export type AdapterConfig = ConfigOf<typeof configDefinition>
