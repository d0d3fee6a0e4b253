  const $ = id => document.getElementById(id);
  const TRIES = 12;                                       // in a row, and then the server has ended
  let cursor = 0, polls = 0, wait = 500, failed = 0, socket;

  function listen() {
    $("polls").value = ++polls;
    socket = new WebSocket(`${location.origin.replace("http", "ws")}/messages?since=${cursor}`);
    socket.addEventListener("open", () => {
      wait = 500;
      failed = 0;
      $("state").textContent = "connected";
    });
    socket.addEventListener("message", event => {
      const news = JSON.parse(event.data);
      cursor = news.cursor;
      for (const text of news.messages) {
        const item = document.createElement("li");
        item.textContent = text;
        $("log").append(item);
      }
    });
    socket.addEventListener("close", () => {
      if (++failed >= TRIES) {
        $("state").textContent = "the server has ended, so this page asks no more";
        return;
      }
      $("state").textContent = "no connection, trying again";
      setTimeout(listen, wait);
      wait = Math.min(2 * wait, 8000);
    });
  }

  $("form").addEventListener("submit", event => {
    event.preventDefault();
    if (socket.readyState === WebSocket.OPEN) {
      socket.send($("text").value);
      $("text").value = "";
    } else {
      $("state").textContent = failed < TRIES ? "not sent, try again" : "not sent: the server has ended";
    }
  });

  listen();
