// The profile offers the zone of this browser while another one is set. Nothing is changed until someone accepts and
// saves it.
(() => {
  "use strict";
  const field = document.getElementById("time_zone");
  const offer = document.getElementById("time-zone-offer");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = [...(field?.list?.options ?? [])].find((one) => here && (one.value === here || one.dataset.old === here));
  if (!offer || !zone || zone.value === field.value) return;
  const button = offer.querySelector("button");
  offer.querySelector("span").textContent = `This browser is in ${zone.value}.`;
  button.textContent = `Use ${zone.value}`;
  button.addEventListener("click", () => {
    field.value = zone.value;
    offer.hidden = true;
    field.focus();
  });
  offer.hidden = false;
})();
