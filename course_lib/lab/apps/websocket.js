  const $ = id => document.getElementById(id);
  let cursor = 0, polls = 0, wait = 500, socket;

  function listen() {
    $("polls").value = ++polls;
    socket = new WebSocket(`${location.origin.replace("http", "ws")}/messages?since=${cursor}`);
    socket.addEventListener("open", () => {
      wait = 500;
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
      $("state").textContent = "not sent, try again";
    }
  });

  listen();
