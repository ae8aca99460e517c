// Asks Teams who looks at the tab, and shows their page once the server knows them.
"use strict";

const tab = document.getElementById("tab");
const tell = (words) => { tab.textContent = words; tab.removeAttribute("aria-busy"); };

const signIn = async () => {
  let token;
  try {
    await microsoftTeams.app.initialize();
    token = await microsoftTeams.authentication.getAuthToken();
  } catch {
    tell(tab.dataset.outside);
    return;
  }
  try {
    const answer = await fetch("/teams/tab/sign-in", { method: "POST", headers: { authorization: `Bearer ${token}` } });
    if (answer.ok) { location.replace((await answer.json()).next); return; }
    tell(answer.status === 403 ? (await answer.json()).say : tab.dataset.refused);
  } catch {
    tell(tab.dataset.refused);
  }
};
signIn();
