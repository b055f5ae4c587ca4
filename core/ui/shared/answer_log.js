// The log of what a person answers in one element, kept until the server has it on disk.
//
// Every load of the page is a client of its own, with a name drawn at random, that numbers its
// answers from 1. The server stores each number of a client once, so an answer may be sent as
// often as it takes: after a lost acknowledgement, to a server started anew, by two tabs. Until it
// is acknowledged it waits in this browser, where the next load of the page finds it and sends it
// on under the name and number that it has. A tab that is duplicated is another load of the page:
// it may send the answers of the first, and never numbers any for it.
//
// answerLog({ workspace, element, send, tick, held })
//   workspace, element   whose answers: another workspace or element has another log.
//   send                 called with {sending, client, workspace, answers}: all answers that are
//                        not acknowledged, oldest first; sendings are numbered from 1.
//   tick                 called every second, for what is shown of the state.
//   held                 called with whether this is the one log of its element. A page that is
//                        drawn in parts can hold an element twice for a while: a press of a key is
//                        for the one that was drawn last, the other one steps back.
// gives
//   add(answer)         numbers an answer and keeps it; returns its number. Sends nothing yet.
//   flush()             sends, also when there is no answer: `send` may have more to tell.
//   heard(ack, trouble) takes what the server says: {client, sending} is the last sending that it
//                       has on disk, `trouble` why it could not store a later one, or "".
//   isHeld()            see `held`.
//   entries()           the answers that are not acknowledged, oldest first.
//   last()              the highest number that was given here.
//   isLate()            whether an acknowledgement is overdue.
//   waiting()           what to say of the answers that are not stored; "" when all are.
//   stop(aside)         ends it. What is not acknowledged waits, with `aside`, for the next log of
//                       the same element: one that is drawn anew is another element. Gives whether
//                       another log of it goes on.
//   inherited           the `aside` of the log before, where that one left answers.
// A page with answers that only its memory holds asks before it is closed.

import { forget, keep, names, recall } from "./browser_store.js";

const AGAIN_AFTER = 2000; // ms without an acknowledgement before the log is sent again
const AGAIN_AT_MOST = 15000; // ms, after waits that are twice as long each time
const SILENCE = 2; // sendings without a word of the server, after which the whole page is asked for
const MOST_KEPT = 5000; // answers of one log in the browser's storage, some hundred bytes each
const books = (globalThis.winnowBooks ??= new Map()); // per element, for this load of the page

export function answerLog({ workspace, element, send, tick, held = () => {} }) {
  const book = opened(workspace, element);
  const { inherited } = book;
  book.inherited = undefined;
  let sentAt = 0; // what an element before it left, or the page before this one, is sent at once
  let wait = AGAIN_AFTER;
  let trouble = "";
  let unheard = 0; // sendings since the server said anything

  const isHeld = () => book.holders.at(-1) === held;
  const hold = () => {
    if (isHeld()) return;
    book.holders.at(-1)?.(false);
    book.holders = [...book.holders.filter((other) => other !== held), held];
    held(true);
  };
  hold();
  const entries = () => book.answers.map((answer) => answer.entry);
  const flush = () => {
    sentAt = Date.now();
    unheard += 1;
    book.sendings += 1;
    for (const answer of book.answers) answer.sending ||= book.sendings;
    const answers = entries().map((entry) => ({ ...entry }));
    send({ sending: book.sendings, client: book.client, workspace, answers });
  };
  const isLate = () =>
    book.answers.length > 0 && (trouble !== "" || Date.now() - sentAt > AGAIN_AFTER);
  const timer = setInterval(() => {
    tick();
    if (!isHeld() || !book.answers.length || Date.now() - sentAt <= wait) return;
    if (sentAt) wait = Math.min(2 * wait, AGAIN_AT_MOST);
    flush();
    if (unheard > SILENCE) globalThis.winnowWake?.();
  }, 1000);
  const leave = (event) => {
    if (book.answers.some((answer) => !answer.kept)) event.preventDefault();
  };
  globalThis.addEventListener?.("beforeunload", leave);

  return {
    inherited,
    flush,
    isLate,
    isHeld,
    entries,
    add: (entry) => {
      if (!book.answers.length) sentAt = Date.now();
      book.last += 1;
      const answer = { entry: { client: book.client, seq: book.last, ...entry }, sending: 0 };
      const few = book.answers.length < MOST_KEPT;
      answer.kept = few && keep(nameOf(book, answer.entry), JSON.stringify(answer.entry));
      book.answers.push(answer);
      return book.last;
    },
    heard: (ack, why) => {
      hold();
      unheard = 0;
      trouble = why ?? "";
      if (!ack || ack.client !== book.client) return;
      const stored = (answer) => answer.sending > 0 && answer.sending <= ack.sending;
      for (const answer of book.answers.filter(stored)) forget(nameOf(book, answer.entry));
      const left = book.answers.filter((answer) => !stored(answer));
      if (left.length < book.answers.length) wait = AGAIN_AFTER;
      book.answers = left;
    },
    last: () => book.last,
    waiting: () => {
      const count = book.answers.length;
      if (!count) return trouble && `Answers cannot be saved: ${trouble}`;
      if (!isLate()) return `Saving ${count}…`;
      const safe = book.answers.every((answer) => answer.kept)
        ? "kept in this browser and sent again by itself"
        : "kept in this tab and sent again by itself: leave it open";
      return `${count} not saved yet, ${safe}. ${trouble || "The server does not answer."}`;
    },
    stop: (aside) => {
      if (book.answers.length) book.inherited = aside;
      const wasHeld = isHeld();
      book.holders = book.holders.filter((other) => other !== held);
      if (wasHeld) book.holders.at(-1)?.(true);
      clearInterval(timer);
      globalThis.removeEventListener?.("beforeunload", leave);
      return book.holders.length > 0;
    },
  };
}

// The book of an element for this load of the page, with what loads before it left behind.
function opened(workspace, element) {
  const place = `winnow:answer:${workspace}:${element}:`;
  if (books.has(place)) return books.get(place);
  const book = { place, client: randomName(), last: 0, sendings: 0, answers: [], holders: [] };
  for (const name of names(place).slice(0, MOST_KEPT)) {
    const entry = entryOf(recall(name));
    if (entry && nameOf(book, entry) === name) {
      book.answers.push({ entry, sending: 0, kept: true });
    } else forget(name);
  }
  // Within a client by its numbers, the client that began first before the others.
  const begun = new Map();
  for (const { entry } of book.answers) {
    begun.set(entry.client, Math.min(entry.at ?? 0, begun.get(entry.client) ?? Infinity));
  }
  book.answers.sort(
    (a, b) =>
      begun.get(a.entry.client) - begun.get(b.entry.client) ||
      a.entry.client.localeCompare(b.entry.client) ||
      a.entry.seq - b.entry.seq,
  );
  books.set(place, book);
  return book;
}

// An answer has a name of its own in the browser's storage: two tabs never overwrite each other.
function nameOf(book, entry) {
  return `${book.place}${entry.client}:${String(entry.seq).padStart(9, "0")}`;
}

function entryOf(text) {
  try {
    const entry = JSON.parse(text);
    const whole = typeof entry.client === "string" && Number.isSafeInteger(entry.seq);
    return whole && typeof entry.id === "string" ? entry : null;
  } catch {
    return null;
  }
}

function randomName() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
