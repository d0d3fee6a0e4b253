  const $ = id => document.getElementById(id);
  const TRIES = 12;                                       // in a row, and then the server has ended
  let cursor = 0, tries = 0, failed = 0;
  const socket = io("/", { auth: give => give({ since: cursor }), reconnectionDelay: 500 });

  function tried() {
    $("polls").value = ++tries;
  }
  socket.on("connect", () => {
    failed = 0;
    $("state").textContent = "connected";
  });
  socket.on("news", news => {                             // once: not inside of "connect"
    cursor = news.cursor;
    for (const text of news.messages) {
      const item = document.createElement("li");
      item.textContent = text;
      $("log").append(item);
    }
  });
  socket.on("disconnect", () => $("state").textContent = "no connection, trying again");
  socket.on("connect_error", () => {
    if (++failed < TRIES) return;
    socket.disconnect();
    $("state").textContent = "the server has ended, so this page asks no more";
  });
  socket.io.on("reconnect_attempt", tried);
  tried();

  $("form").addEventListener("submit", event => {
    event.preventDefault();
    if (socket.connected) {
      socket.emit("say", $("text").value);
      $("text").value = "";
    } else {
      $("state").textContent = failed < TRIES ? "not sent, try again" : "not sent: the server has ended";
    }
  });
