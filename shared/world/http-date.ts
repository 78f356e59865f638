/** Dates as HTTP writes them (RFC 9110, 5.6.7): one form that is sent, and two old ones that must still be understood. */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const month = `(?<month>${months.join('|')})`
const shortDay = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const longDay = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'
const time = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})'

const forms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^${shortDay}, (?<day>\\d{2}) ${month} (?<year>\\d{4}) ${time} GMT$`),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^${longDay}, (?<day>\\d{2})-${month}-(?<year>\\d{2}) ${time} GMT$`),
  // Sun Nov  6 08:49:37 1994
  new RegExp(`^${shortDay} ${month} (?<day>[ \\d]\\d) ${time} (?<year>\\d{4})$`),
]

/**
 * Reads a date of HTTP in any of its three forms. The name of the day is not held against the date.
 * @param wallMs ms since the Unix epoch: the present, by which a year of two digits is placed
 * @returns ms since the Unix epoch; undefined when it is no such date. Never throws.
 */
export function parseHttpDate(text: string, wallMs: number): number | undefined {
  for (const form of forms) {
    const parts = form.exec(text)?.groups
    if (parts !== undefined) return momentOf(parts, wallMs)
  }
  return undefined
}

function momentOf(parts: Readonly<Record<string, string>>, wallMs: number): number | undefined {
  const { year = '', month = '', day = '', hour, minute, second = '' } = parts
  const date = `${String(months.indexOf(month) + 1).padStart(2, '0')}-${day.replace(' ', '0')}`
  // A leap second is the last moment of its minute: no calendar here has a 61st.
  const rest = `${date}T${hour}:${minute}:${second === '60' ? '59' : second}`
  return year.length === 4 ? utcMs(`${year}-${rest}`) : nearPast(Number(year), rest, wallMs)
}

/** More than 50 years ahead means the century before (RFC 9110, 5.6.7). */
function nearPast(yearOfCentury: number, rest: string, wallMs: number): number | undefined {
  const thisYear = new Date(wallMs).getUTCFullYear()
  const century = thisYear - (thisYear % 100)
  const ahead = new Date(wallMs).setUTCFullYear(thisYear + 50)
  for (const year of [100, 0, -100].map((shift) => century + shift + yearOfCentury)) {
    const ms = utcMs(`${year}-${rest}`)
    if (ms !== undefined && ms <= ahead) return ms
  }
  return undefined
}

/** @param text `YYYY-MM-DDThh:mm:ss` @returns undefined for a moment that the calendar does not have, such as February 30 */
function utcMs(text: string): number | undefined {
  const ms = Date.parse(`${text}Z`)
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== text) return undefined
  return ms
}
