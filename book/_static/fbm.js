// Lay out what the style sheet has left for later, a little at a time, when the reader has begun to read.
addEventListener("load", () => {
  const later = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
  const left = [...document.querySelectorAll(".bd-article section section > *")];
  const next = () => {
    for (const part of left.splice(0, 2)) part.style.contentVisibility = "visible";
    if (left.length) later(next);
  };
  setTimeout(next, 10_000);
});
