// Refreshes the page's content every 15 seconds. Rows stay when the gateway
// is away; the page then says so and since when its numbers are.
(function () {
  "use strict";
  var every = 15000;
  function busy() {
    var at = document.activeElement;
    var main = document.getElementById("main");
    return document.hidden || (at && at !== main && main.contains(at)) || String(window.getSelection());
  }
  // Counted by the page's own running time: the two clocks may differ.
  var taken = performance.now();
  function stale(word) {
    var age = document.getElementById("age");
    if (document.body.classList.contains("stale")) return;
    document.body.classList.add("stale");
    age.insertBefore(document.createTextNode(age.dataset[word]), age.firstChild);
  }
  function lost() { stale("lost"); }
  function tick() {
    var old = Math.floor((performance.now() - taken) / 1000), at = document.getElementById("since");
    at.textContent = "· " + (old < 60 ? old + " " + at.dataset.s : Math.floor(old / 60) + " " + at.dataset.m);
    if (old >= 60) stale("old");
  }
  function refresh() {
    if (busy()) return;
    fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } })
      .then(function (r) { if (!r.ok) throw new Error(r.status); return r.text(); })
      .then(function (text) {
        var next = new DOMParser().parseFromString(text, "text/html");
        var main = next.getElementById("main"), age = next.getElementById("age");
        if (!main || !age || busy()) return;
        document.getElementById("main").replaceWith(main);
        document.getElementById("age").replaceWith(age);
        document.body.classList.remove("stale");
        taken = performance.now();
        tick();
      })
      .catch(lost);
  }
  setInterval(refresh, every);
  setInterval(tick, 1000);
})();
