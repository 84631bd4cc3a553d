// Says it on the page when the browser gave no passkey: cancelled, none there, or not supported.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-failed").hidden = false;
});
