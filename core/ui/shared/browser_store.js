// What must outlive a reload: texts by name in this browser, for all pages of the app's address.
//
// Without storage (private windows of some browsers, a full or forbidden one) everything works as
// before, but does not outlive the page: `keep` says whether it does.

function storage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // forbidden by the browser's settings
  }
}

export function keep(name, text) {
  try {
    storage().setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

export function recall(name) {
  try {
    return storage()?.getItem(name) ?? null;
  } catch {
    return null;
  }
}

export function forget(name) {
  try {
    storage()?.removeItem(name);
  } catch {
    // then it could not be kept either
  }
}

// The names that begin like this, sorted.
export function names(beginning) {
  const store = storage();
  const all = [];
  try {
    for (let index = 0; index < (store?.length ?? 0); index += 1) {
      const name = store.key(index);
      if (name?.startsWith(beginning)) all.push(name);
    }
  } catch {
    return [];
  }
  return all.sort();
}
