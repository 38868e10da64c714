// Booking by ioredis behind redlock, as their own documentation shows it: callers of one process on
// one connection. Started by redis_bench. It checks that a seat is left and that the user has no
// booking, and no more.
//
//   node ioredis_redlock.js SOCKET CALLERS SECONDS PAUSE
//
// PAUSE: milliseconds between attempts to get the lock; as many at random come on top, at most 100.
// Prints, as names and numbers: operations counted in the time, those of the least served caller,
// all that were done, the time, p50 and p99 in microseconds.
'use strict';

const ioredis = require('ioredis');
const Redis = ioredis.Redis || ioredis;
const Redlock = require('redlock');

const [path, callersText, secondsText, pauseText] = process.argv.slice(2);
const callers = Number(callersText);
const seconds = Number(secondsText);
const slots = 'seed:slots:1';
const field = '2026-06-01T10:00';

const client = new Redis({path});
const pause = Number(pauseText);
const redlock = new Redlock(
    [client], {retryCount: 100000, retryDelay: pause, retryJitter: Math.min(pause, 100)});

async function book(user) {
  const lock = await redlock.lock('seed:lock:' + field, 10000);
  const [left, has] = await Promise.all([client.hget(slots, field), client.exists(user)]);
  if (Number(left) <= 0 || has) throw new Error('a seat was expected');
  await Promise.all([client.hincrby(slots, field, -1), client.set(user, field)]);
  await lock.unlock();
}

const micros = [];
const inTime = new Array(callers).fill(0);

async function call(caller, until) {
  for (let before = performance.now(), i = 0; before < until; ++i) {
    await book(`seed:user:${caller}:${i}`);
    const after = performance.now();
    micros.push((after - before) * 1000);
    if (after <= until) ++inTime[caller];
    before = after;
  }
}

async function main() {
  const everybody = Array.from({length: callers}, (_, caller) => caller);
  await Promise.all(everybody.map((caller) => book(`seed:user:${caller}:first`)));
  const until = performance.now() + seconds * 1000;
  await Promise.all(everybody.map((caller) => call(caller, until)));
  micros.sort((a, b) => a - b);
  const at = (share) => micros[Math.floor(share * (micros.length - 1))].toFixed(1);
  const counted = inTime.reduce((sum, one) => sum + one);
  console.log(`counted ${counted} least ${Math.min(...inTime)} done ${micros.length + callers} ` +
              `seconds ${seconds} p50 ${at(0.5)} p99 ${at(0.99)}`);
  await client.quit();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
