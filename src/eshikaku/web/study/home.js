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

function look() {
  checkDay();
  stayAtHome();
}

on(document, "eshikaku:changed", look);
on(document, "visibilitychange", checkDay);
const clock = setInterval(checkDay, 60000);
stopper.signal.addEventListener("abort", () => clearInterval(clock));
look();
