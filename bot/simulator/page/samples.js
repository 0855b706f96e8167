// Two pictures ready to send, drawn here so that training needs no file: a shop front and an official notice.

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

function canvas(width, height) {
  const board = document.createElement("canvas");
  board.width = width;
  board.height = height;
  return [board, board.getContext("2d")];
}

function file(board, name) {
  return new Promise((resolve, reject) => {
    board.toBlob((blob) => (blob ? resolve(new File([blob], name, { type: blob.type })) : reject(new Error("图片没有画成，请再试一次"))), "image/jpeg", 0.88);
  });
}

function shop() {
  const [board, pen] = canvas(720, 540);
  const box = (colour, ...at) => { pen.fillStyle = colour; pen.fillRect(...at); };
  const sky = pen.createLinearGradient(0, 0, 0, 300);
  sky.addColorStop(0, "#9cc7e6");
  sky.addColorStop(1, "#e9f2f6");
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 720, 540);
  box("#c9b8a2", 60, 70, 600, 400);
  box("#8d2f2b", 60, 110, 600, 84);
  pen.fillStyle = "#fdf3df";
  pen.font = `600 46px ${FONT}`;
  pen.textAlign = "center";
  pen.fillText("八角便民早餐店", 360, 168);
  box("#4a3b31", 100, 220, 150, 250);
  box("#bcd6e2", 112, 232, 126, 226);
  box("#4a3b31", 280, 220, 340, 190);
  box("#d5e6ee", 292, 232, 316, 166);
  for (let i = 0; i < 8; i += 1) box(i % 2 ? "#fff8ee" : "#d2584d", 280 + i * 42.5, 204, 42.5, 34);
  box("#8f9499", 0, 470, 720, 70);
  box("#d7b23e", 470, 430, 170, 92);
  pen.fillStyle = "#3b3322";
  pen.font = `600 30px ${FONT}`;
  pen.fillText("施工围挡", 555, 486);
  return file(board, "门店.jpg");
}

function notice() {
  const [board, pen] = canvas(600, 800);
  pen.fillStyle = "#e6e1d8";
  pen.fillRect(0, 0, 600, 800);
  pen.fillStyle = "#fffefb";
  pen.fillRect(34, 30, 532, 740);
  pen.textAlign = "center";
  pen.fillStyle = "#1d1d1d";
  pen.font = `700 40px ${FONT}`;
  pen.fillText("收 费 通 知 书", 300, 128);
  pen.strokeStyle = "#b8292f";
  pen.lineWidth = 3;
  pen.strokeRect(74, 156, 452, 0);
  pen.textAlign = "left";
  pen.font = `24px ${FONT}`;
  const text = ["某某商店：", "　　请于五个工作日内缴纳门前", "管理服务费人民币 2,400 元，逾期", "将暂停供水供电。", "", "　　（训练样图，内容为虚构）"];
  text.forEach((words, row) => pen.fillText(words, 84, 226 + row * 50));
  pen.textAlign = "right";
  pen.fillText("某某物业服务中心", 516, 600);
  pen.fillText("二〇二六年一月五日", 516, 644);
  pen.globalAlpha = 0.7;
  pen.strokeStyle = "#c8262c";
  pen.lineWidth = 6;
  pen.beginPath();
  pen.arc(420, 612, 72, 0, 2 * Math.PI);
  pen.stroke();
  pen.fillStyle = "#c8262c";
  pen.textAlign = "center";
  pen.font = `44px ${FONT}`;
  pen.fillText("★", 420, 628);
  return file(board, "通知书.jpg");
}

/** The ready-made pictures by the name on their button; each gives a JPEG File. */
export const SAMPLES = { "sample-shop": shop, "sample-notice": notice };
