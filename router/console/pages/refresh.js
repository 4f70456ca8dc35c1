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
  function lost() {
    var age = document.getElementById("age");
    if (document.body.classList.contains("stale")) return;
    document.body.classList.add("stale");
    age.insertBefore(document.createTextNode(age.dataset.lost), age.firstChild);
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
      })
      .catch(lost);
  }
  setInterval(refresh, every);
})();
