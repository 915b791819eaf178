/** The languages of the demo. */
export type Language = 'en' | 'ar'

const ENGLISH = {
  title: 'See it work',
  intro:
    'Three people, each with a connection of their own. Send something as your backend, cut somebody off, and see that nothing is missing.',
  language: 'العربية',
  noKey:
    'This page has no people, because its address has no key. Open the start page by the link that Herald printed last.',
  backend: 'As your backend',
  notify: 'Notify',
  notifyTen: 'Send ten',
  what: 'What happened',
  example: 'Your order is on its way',
  to: 'To',
  everyCustomer: 'Alice and Chen',
  everybody: 'Everybody',
  sent: 'sent',
  shown: 'shown',
  onTheWay: 'on the way',
  missed: 'missed',
  doubled: 'doubled',
  customer: 'customer',
  agent: 'agent',
  inbox: 'Inbox',
  unread: (count: number) => (count === 0 ? 'nothing unread' : `${count} unread`),
  empty: 'Nothing yet.',
  readAll: 'Mark all as read',
  markRead: 'Mark as read',
  isUnread: 'unread',
  network: 'Network',
  silent: 'Cut silently',
  reset: 'Cut hard',
  mend: 'Reconnect',
  isCutSilent: 'cut, and nobody was told',
  isCutReset: 'cut',
  status: {
    idle: 'not connected',
    connecting: 'connecting…',
    connected: 'connected',
    reconnecting: 'coming back…',
    failed: 'refused',
    disposed: 'signed out',
  },
  restart: 'Restart Herald',
  restarting: 'Herald restarts…',
}

export type Words = typeof ENGLISH

const ARABIC: Words = {
  title: 'شاهده وهو يعمل',
  intro: 'ثلاثة أشخاص، لكل منهم اتصاله الخاص. أرسل شيئًا بصفتك الخادم، واقطع الشبكة عن أحدهم، وسترى أن شيئًا لا يضيع.',
  language: 'English',
  noKey: 'لا يوجد أشخاص في هذه الصفحة لأن عنوانها بلا مفتاح. افتح صفحة البداية من الرابط الأخير الذي طبعه Herald.',
  backend: 'بصفتك الخادم',
  notify: 'أرسل إشعارًا',
  notifyTen: 'أرسل عشرة',
  what: 'ماذا حدث',
  example: 'طلبك في الطريق',
  to: 'إلى',
  everyCustomer: 'أليس وتشين',
  everybody: 'الجميع',
  sent: 'أُرسل',
  shown: 'ظهر',
  onTheWay: 'في الطريق',
  missed: 'ضاع',
  doubled: 'تكرر',
  customer: 'عميل',
  agent: 'موظف الدعم',
  inbox: 'صندوق الوارد',
  unread: (count) => (count === 0 ? 'لا شيء غير مقروء' : `${count} غير مقروء`),
  empty: 'لا شيء بعد.',
  readAll: 'تعليم الكل كمقروء',
  markRead: 'تعليم كمقروء',
  isUnread: 'غير مقروء',
  network: 'الشبكة',
  silent: 'اقطع بصمت',
  reset: 'اقطع بقوة',
  mend: 'أعد الاتصال',
  isCutSilent: 'مقطوعة، ولم يُخبر أحد',
  isCutReset: 'مقطوعة',
  status: {
    idle: 'غير متصل',
    connecting: 'يتصل…',
    connected: 'متصل',
    reconnecting: 'يعود…',
    failed: 'مرفوض',
    disposed: 'خرج',
  },
  restart: 'أعد تشغيل Herald',
  restarting: 'يُعاد تشغيل Herald…',
}

/** The words of the demo in a language. */
export function wordsOf(language: Language): Words {
  return language === 'ar' ? ARABIC : ENGLISH
}
