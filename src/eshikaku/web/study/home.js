// The learner's home: says when it is of another day, and stays in sight when all is run.

function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

let told = ""; // the day of which the kernels were told

/** Mark what is of another day; a kernel that lives shows today's. */
function checkDay() {
  const day = today();
  let old = false;
  for (const page of all(document, ".esk-home[data-day]")) {
    const other = page.dataset.day !== day;
    page.classList.toggle("esk-is-old", other);
    old ||= other;
  }
  if (old && told !== day && queue.connected) {
    told = day;
    queue.post({ type: "day" });
  }
}

/** Lab ends a run of all cells at the last one; the home's first thing is its head. */
function stayAtHome() {
  for (const page of all(document, ".esk-home[data-fresh]")) {
    delete page.dataset.fresh;
    if (page.closest(".jp-OutputArea-output")) follow(() => (page.isConnected ? page : null), 8000);
  }
}

const folds = new Map(); // page and first word of a fold → whether the reader left it open
const foldName = (fold) =>
  `${fold.closest(".esk-home").dataset.page} ${fold.firstElementChild.textContent.split("\u3000")[0]}`;

/** A page that is renewed keeps the folds as the reader left them. */
function restoreFolds() {
  for (const page of all(document, ".esk-home:not([data-seen])")) {
    page.dataset.seen = "1";
    for (const fold of all(page, "details")) fold.open = folds.get(foldName(fold)) ?? fold.open;
  }
}

on(document, "click", (event) => {
  const fold = event.target.closest?.(".esk-home summary")?.parentElement;
  if (fold) folds.set(foldName(fold), !fold.open);
});

function look() {
  checkDay();
  restoreFolds();
  stayAtHome();
}

on(document, "eshikaku:changed", look);
on(document, "visibilitychange", checkDay);
const clock = setInterval(checkDay, 60000);
stopper.signal.addEventListener("abort", () => clearInterval(clock));
look();
