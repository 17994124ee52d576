/* Updates counts and sums while one selects and types; the pages work without it. */
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");

const totals = document.querySelector("[data-totals]");
const boxes = document.querySelectorAll("input[name=serial][form=choose]");
const countSelected = () => {
  const selected = [...boxes].filter((box) => box.checked).length;
  totals.textContent = totals.textContent.replace(/\d+(?=\)[^)]*$)/, String(selected));
};
for (const box of boxes) box.addEventListener("change", countSelected);

const amount = document.querySelector("[data-amount]");
const showSum = () => {
  const wattHours = /^[0-9]{1,10}$/.test(amount.value) ? Number(amount.value) : null;
  const kilowattHours = document.querySelector("[data-kwh]");
  const [whole, parts] = wattHours === null ? [0, 0] : [Math.floor(wattHours / 1000), wattHours % 1000];
  kilowattHours.textContent = wattHours === null ? "" : `= ${grouped(whole)}.${String(parts).padStart(3, "0")} kWh`;
  const sum = document.querySelector("[data-sum]");
  const after = document.querySelector("[data-after]");
  if (!sum || !sum.dataset.sum) return;
  const known = wattHours !== null;
  after.className = known ? "v big-v" : "hatched";
  after.textContent = known ? grouped(Number(sum.dataset.sum) + wattHours) : "";
};
if (amount) {
  amount.addEventListener("input", showSum);
  showSum();
}
