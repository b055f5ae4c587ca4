// The log of what a person answers in one element, kept until the server has it on disk.
//
// Every answer gets the next number of its client, counted from 1 without gaps. All answers that
// are not acknowledged are sent together, oldest first, and sent again while no acknowledgement
// comes; the server stores each number once and acknowledges the highest that it has stored. So
// an answer can neither be lost nor count twice, whatever is drawn anew in between.
//
// answerLog({ client, ack, send, tick })
//   client   names who numbers: one element of one session.
//   ack      the highest number that the server has stored.
//   send     called with copies of all answers that are not acknowledged.
//   tick     called every second, for what is shown of the state.
// gives
//   add(answer)         numbers an answer and keeps it; returns its number. Sends nothing yet.
//   flush()             sends, also when there is no answer: `send` may have more to tell.
//   acknowledge(ack)    forgets what is stored.
//   entries()           the answers that are not acknowledged, oldest first.
//   last()              the highest number so far.
//   isLate()            whether an acknowledgement is overdue.
//   waiting()           what to say of the answers that are not stored; "" when all are.
//   stop(aside)         ends it. What is not acknowledged waits, with `aside`, for the next log of
//                       the same client: an element that is drawn anew is another element.
//   inherited           the `aside` of the log before, where that one left answers.
// A page with answers that are not stored asks before it is closed.

const AGAIN_AFTER = 2000; // ms without an acknowledgement before the log is sent again
const left = (globalThis.winnowLeft ??= new Map()); // client → what its last log left behind

export function answerLog({ client, ack, send, tick }) {
  let answers = [];
  let last = ack;
  let sentAt = 0;
  let inherited;

  const acknowledge = (stored) => {
    answers = answers.filter((answer) => answer.seq > stored);
    last = Math.max(last, stored);
  };
  const before = left.get(client);
  if (before) {
    left.delete(client);
    answers = before.answers; // sent again by the timer
    last = Math.max(last, before.last);
    inherited = before.aside;
    acknowledge(ack);
  }

  const flush = () => {
    sentAt = Date.now();
    send(answers.map((answer) => ({ ...answer })));
  };
  const isLate = () => answers.length > 0 && Date.now() - sentAt > AGAIN_AFTER;
  const timer = setInterval(() => {
    tick();
    if (isLate()) flush();
  }, 1000);
  const leave = (event) => {
    if (answers.length) event.preventDefault();
  };
  globalThis.addEventListener?.("beforeunload", leave);

  return {
    inherited,
    acknowledge,
    flush,
    isLate,
    add: (answer) => {
      if (!answers.length) sentAt = Date.now();
      last += 1;
      answers.push({ seq: last, ...answer });
      return last;
    },
    entries: () => answers,
    last: () => last,
    waiting: () => {
      if (!answers.length) return "";
      return isLate()
        ? `${answers.length} not saved yet: the server does not answer, trying again…`
        : `Saving ${answers.length}…`;
    },
    stop: (aside) => {
      if (answers.length) left.set(client, { answers, last, aside });
      clearInterval(timer);
      globalThis.removeEventListener?.("beforeunload", leave);
    },
  };
}
