/** Where anybody has an address: such a domain says nothing of who employs its people. */
export const FREE_MAIL_DOMAINS: readonly string[] = [
  '126.com', '163.com', 'aol.com', 'att.net', 'bellsouth.net', 'bigpond.com', 'bluewin.ch', 'bt.com', 'btinternet.com', 'comcast.net', 'cox.net', 'duck.com', 'fastmail.com', 'fastmail.fm',
  'foxmail.com', 'free.fr', 'freenet.de', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es',
  'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.ru', 'laposte.net', 'libero.it', 'list.ru', 'live.co.uk', 'live.com', 'live.fr', 'live.nl', 'mac.com', 'mail.com', 'mail.ru', 'mailbox.org', 'me.com',
  'msn.com', 'naver.com', 'o2.pl', 'online.de', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.fr', 'pm.me', 'posteo.de', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rogers.com',
  'sbcglobal.net', 'seznam.cz', 'sfr.fr', 'shaw.ca', 'sina.com', 'sky.com', 't-online.de', 'tuta.com', 'tutanota.com', 'uol.com.br', 'verizon.net', 'virgilio.it', 'wanadoo.fr', 'web.de', 'wp.pl',
  'yahoo.ca', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'zoho.com',
]
