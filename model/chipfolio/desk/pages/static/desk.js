// The part of the page that lives is fetched anew every second, while nobody types in it.
const live = document.getElementById("live");
async function look() {
  if (!document.hidden && !live.contains(document.activeElement)) {
    try {
      const answer = await fetch(live.dataset.from);
      if (answer.ok) {
        const text = await answer.text();
        if (text !== look.before) live.innerHTML = look.before = text;
        document.body.classList.remove("away");
      }
    } catch {
      document.body.classList.add("away");
    }
  }
  setTimeout(look, 1000);
}
if (live) look();
