// The simulated clock, always shown as Shanghai time, and the way WeChat writes moments.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SHANGHAI_AHEAD = 8 * 60 * MINUTE; // no summer time since 1991, so plain arithmetic is exact
const WEEKDAYS = ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"];

let ahead = 0; // milliseconds that the simulated clock runs ahead of this machine's

/** Sets the simulated clock; `moment` is an ISO string or unix seconds. */
export function setNow(moment) {
  ahead = parse(moment).getTime() - Date.now();
}

export function now() {
  return new Date(Date.now() + ahead);
}

/** An ISO string, unix seconds or unix milliseconds as a Date. */
export function parse(moment) {
  const number = Number(moment);
  if (moment === "" || moment == null || Number.isNaN(number)) return new Date(moment ?? Date.now() + ahead);
  return new Date(number < 1e12 ? number * 1000 : number);
}

/** A Date's fields on a Shanghai wall clock. */
function wall(date) {
  const d = new Date(date.getTime() + SHANGHAI_AHEAD);
  const two = (n) => String(n).padStart(2, "0");
  return {
    year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate(), weekday: d.getUTCDay(),
    time: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`, seconds: two(d.getUTCSeconds()),
    dayNumber: Math.floor(d.getTime() / DAY),
    date: `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`,
  };
}

/** As WeChat writes it above a message: 14:05, 昨天 14:05, 星期三 14:05, 2026年1月5日 14:05. */
export function stamp(date) {
  const then = wall(date);
  const age = wall(now()).dayNumber - then.dayNumber;
  if (age === 0) return then.time;
  if (age === 1) return `昨天 ${then.time}`;
  if (age > 1 && age < 7) return `${WEEKDAYS[then.weekday]} ${then.time}`;
  return `${then.year}年${then.month}月${then.day}日 ${then.time}`;
}

/** 2026年1月5日 星期一 09:05:12 */
export function full(date) {
  const w = wall(date);
  return `${w.year}年${w.month}月${w.day}日 ${WEEKDAYS[w.weekday]} ${w.time}:${w.seconds}`;
}

/** The value of a datetime-local field for this moment. */
export function fieldValue(date) {
  const w = wall(date);
  return `${w.date}T${w.time}`;
}

/** A datetime-local value read as Shanghai time, as ISO with its offset. */
export function fromField(value) {
  return `${value.length === 16 ? `${value}:00` : value}+08:00`;
}

/** The next Monday 09:05 after now, as ISO with its offset. */
export function nextMonday() {
  const today = wall(now());
  const days = (8 - today.weekday) % 7 || 7;
  return `${wall(new Date(now().getTime() + days * DAY)).date}T09:05:00+08:00`;
}

export const STAMP_GAP = 5 * MINUTE;
